"""The one glob dialect, for image names and for paths of a repository.

`*` matches any characters of one part (also none), `?` one character of a part, `**` any number of whole parts (also
none) and therefore stands alone between slashes. Nothing else is special and everything that is special elsewhere is
refused: character classes, braces, negation and backslashes mean different things to different tools. A pattern
always matches the whole text. Matching takes time in proportion to pattern times text, whatever a stranger writes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from app.core.errors import Error

MAX_PATTERN = 512
_REFUSED = {
    "[": "character classes are not known",
    "]": "character classes are not known",
    "{": "braces are not known",
    "}": "braces are not known",
    "\\": "backslashes are not known",
    "!": "negation is not known",
}

_T = TypeVar("_T")


class InvalidGlob(Error):
    """A pattern is outside the dialect; `str()` says why in one clause."""


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern for names made of parts between slashes, compared exactly."""

    pattern: str

    def __post_init__(self) -> None:
        """Refuse a pattern outside the dialect."""
        _check(self.pattern)
        if not all(self.pattern.split("/")):
            raise InvalidGlob("an empty part: a pattern neither begins nor ends with a slash, nor has two in a row")

    def matches(self, name: str) -> bool:
        """Say whether the pattern matches the whole name."""
        return _match_parts(self.pattern.split("/"), name.split("/"))


@dataclass(frozen=True, slots=True)
class PathGlob:
    """A gitignore-style pattern for paths of a repository.

    A pattern with a slash at its beginning or middle is anchored at the root of the repository; one without (or with
    one at its end only) matches at any depth. It covers what it matches and everything beneath. `dir`, `dir/` and
    `dir/**` cover the same: the directory's content, and the path of the directory itself (or a parent that is written
    without wildcards) when a file or symbolic link stands there. Compared in NFC and case-folded, because file
    systems that do so would give the same file.
    """

    pattern: str

    def __post_init__(self) -> None:
        """Refuse a pattern outside the dialect."""
        _check(self.pattern)
        if not all(self.pattern.removeprefix("/").removesuffix("/").split("/")):
            raise InvalidGlob("an empty part: two slashes in a row, or nothing but a slash")
        if any(part in (".", "..") for part in self.pattern.split("/")):
            raise InvalidGlob("the parts . and .. never occur in a repository's paths")

    def covers(self, path: str) -> bool:
        """Say whether a changed path is covered, as itself, by a parent, or by replacing the directory."""
        parts = folded(path).split("/")
        wanted = self.parts
        return _match_parts([*wanted, "**"], parts) or literal_prefix(wanted)[: len(parts)] == parts

    @property
    def parts(self) -> list[str]:
        """The pattern by its parts, folded, from the root of the repository; it covers everything beneath."""
        parts = folded(self.pattern).removeprefix("/").removesuffix("/").split("/")
        while len(parts) > 1 and parts[-1] == "**":
            parts.pop()
        anchored = "/" in self.pattern.removesuffix("/")
        return parts if anchored else ["**", *parts]


def covered(patterns: Iterable[PathGlob], paths: Iterable[str]) -> tuple[str, ...]:
    """Return the paths that any pattern covers, sorted, each once."""
    known = tuple(patterns)
    return tuple(sorted({path for path in paths if any(pattern.covers(path) for pattern in known)}))


def folded(path: str) -> str:
    """Return the form in which paths are compared."""
    # Folding can take a text out of NFC, so it is composed again.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _check(pattern: str) -> None:
    if not pattern:
        raise InvalidGlob("an empty pattern")
    if len(pattern) > MAX_PATTERN:
        raise InvalidGlob(f"longer than {MAX_PATTERN} characters")
    for character in pattern:
        if character in _REFUSED:
            raise InvalidGlob(f"{character!r}: {_REFUSED[character]}; only *, ** and ? are")
        if not character.isprintable():
            raise InvalidGlob("a control character")
    if pattern != pattern.strip():
        raise InvalidGlob("white space at its beginning or end")
    if any("**" in part and part != "**" for part in pattern.split("/")):
        raise InvalidGlob("** stands alone between slashes")


def literal_prefix(parts: Sequence[str]) -> list[str]:
    """Return the parts at the beginning that are written without wildcards."""
    for count, part in enumerate(parts):
        if "*" in part or "?" in part:
            return list(parts[:count])
    return list(parts)


def _match_parts(pattern: Sequence[str], parts: Sequence[str]) -> bool:
    return _match(pattern, parts, "**", _match_part)


def _match_part(pattern: str, part: str) -> bool:
    return _match(pattern, part, "*", lambda wanted, found: wanted in ("?", found))


def _match(pattern: Sequence[_T], text: Sequence[_T], star: _T, same: Callable[[_T, _T], bool]) -> bool:
    """Match with one remembered star: going back further than to the last one can never help."""
    at = position = 0
    last_star = -1
    resume = 0
    while position < len(text):
        if at < len(pattern) and pattern[at] == star:
            last_star, resume = at, position
            at += 1
        elif at < len(pattern) and same(pattern[at], text[position]):
            at += 1
            position += 1
        elif last_star >= 0:
            resume += 1
            at, position = last_star + 1, resume
        else:
            return False
    return all(item == star for item in pattern[at:])
