"""Which files belong to an environment, by the names that people give to folders and files.

docs/history.md has the rule as a table. A name is compared word by word: `prod` is no part of `products`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from app.core.environment_names import HOLDERS, SPELLINGS
from app.core.globs import Glob, InvalidGlob, PathGlob, folded

_ABOUT: Final = frozenset(
    {
        *("values", "kustomization", "patch", "config", "overlay", "overlays", "cluster"),
        *("app", "apps", "application", "applications", "appset", "applicationset"),
    }
)
_DENIES: Final = frozenset({"no", "non", "not", "pre"})
_MAX_WORDS: Final = 20
_WORD = re.compile(r"[^-_.]+")
_ENDINGS = re.compile(
    r"(?:\.(?:ya?ml|json|json5|jsonnet|libsonnet|toml|hcl|tf|tfvars|env|tpl|tmpl|gotmpl|j2|enc|sops|cue|ini|conf))+$"
)


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment by its name, or by a glob for it; `paths` are those that the repository's own policy names so."""

    name: str
    paths: tuple[PathGlob, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no name and no glob for one; raises `InvalidGlob`."""
        Glob(self.name)
        if "/" in self.name:
            raise InvalidGlob("'/': an environment is one name; for folders within others, ask for paths")

    def has(self, path: str) -> bool:
        """Whether a file lies in a folder of the environment, or is called by it."""
        globs = _globs(folded(self.name))
        *folders, file = folded(path).split("/")
        holder = ""
        for folder in folders:
            if _is(folder, globs) or (holder in HOLDERS and any(_is(one.text, globs) for one in _runs(folder))):
                return True
            holder = folder
        within = holder in HOLDERS
        if any(_is(one.text, globs) for one in _runs(_ENDINGS.sub("", file)) if within or one.stands_out):
            return True
        return any(glob.covers(path) for glob in self.paths)


@lru_cache(maxsize=8)
def _globs(name: str) -> tuple[Glob, ...]:
    return tuple(map(Glob, next((names for names in SPELLINGS if name in names), (name,))))


@dataclass(frozen=True, slots=True)
class _Run:
    """Some words of a name that stand together.

    They stand out at the end of a file's name, at its beginning before a dot, and beside a word for what it is.
    """

    text: str
    stands_out: bool


def _runs(name: str) -> Iterator[_Run]:
    words = list(_WORD.finditer(name))[:_MAX_WORDS]
    for at, first in enumerate(words):
        before = words[at - 1][0] if at else ""
        if before in _DENIES:
            continue
        for end in range(at + 1, len(words) + 1):
            rest = name[words[end - 1].end() :]
            after = words[end][0] if end < len(words) else ""
            alone = not rest or (at == 0 and rest.startswith("."))
            yield _Run(name[first.start() : words[end - 1].end()], alone or before in _ABOUT or after in _ABOUT)


def _is(name: str, globs: tuple[Glob, ...]) -> bool:
    return any(glob.matches(name) for glob in globs)
