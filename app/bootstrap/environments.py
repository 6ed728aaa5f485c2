"""The environment that somebody asks for, as the repository itself names it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.core.errors import Unavailable
from app.jobs.history import Environment
from app.policy import PATH
from app.policy.environments import environments

if TYPE_CHECKING:
    from app.jobs.ports import Source


def environment_at(source: Source, commit: str, name: str, notice: Callable[[str], None]) -> Environment:
    """Return an environment with the paths that the policy at a commit gives its name.

    A policy that is there and cannot be read is told to `notice`, and so is a name to which nothing belongs there: it
    may be mistyped. Raises `InvalidGlob`.
    """
    found = Environment(name)
    try:
        file = source.read(commit, (PATH,)).get(PATH)
        paths = source.list(commit, "").paths
    except Unavailable as error:
        notice(f"{commit[:12]}: {error.sentence}: what the policy calls {name!r} is not known")
        return found
    if file is not None and file.text is not None:
        found = Environment(name, environments(file.text).get(name, ()))
    elif file is not None:
        notice(f"{PATH}: {file.problem}: what it calls {name!r} is not known")
    if not any(map(found.has, paths)):
        notice(f"no file at {commit[:12]} belongs to the environment {name!r}")
    return found
