"""The environment that somebody asks for, as the repository itself names it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.jobs.history import Environment
from app.policy import PATH
from app.policy.environments import environments

if TYPE_CHECKING:
    from app.jobs.ports import Source


def environment_at(source: Source, commit: str, name: str, notice: Callable[[str], None]) -> Environment:
    """Return an environment with the paths that the policy at a commit gives its name.

    A policy that is there and cannot be read is told to `notice`. Raises `InvalidGlob` and `Unavailable`.
    """
    file = source.read(commit, (PATH,)).get(PATH)
    if file is None:
        return Environment(name)
    if file.text is None:
        notice(f"{PATH}: {file.problem}: what it calls {name!r} is not known")
        return Environment(name)
    return Environment(name, environments(file.text).get(name, ()))
