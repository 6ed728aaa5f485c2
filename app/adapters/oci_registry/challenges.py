"""`WWW-Authenticate`, read in one pass over a bounded text: no regular expression sees it (AT-102, AT-103)."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_MAX_HEADER: Final = 4096
_MAX_CHALLENGES: Final = 3
_TOKEN: Final = frozenset(string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way to log in: `scheme` and the names of `parameters` in lower case."""

    scheme: str
    parameters: Mapping[str, str]


def read_challenges(header: str) -> tuple[Challenge, ...]:
    """Read the header's challenges (RFC 9110, 11.6.1); nothing at all when any part is ill-formed or too much."""
    if len(header) > _MAX_HEADER or not header.isascii():
        return ()
    reader = _Reader(header)
    found: list[Challenge] = []
    while reader.more():
        challenge = reader.challenge()
        if challenge is None or len(found) == _MAX_CHALLENGES:
            return ()
        found.append(challenge)
    return tuple(found)


class _Reader:
    """A place in the text, which only moves forward."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def more(self) -> bool:
        self._skip(" \t,")
        return self._at < len(self._text)

    def challenge(self) -> Challenge | None:
        scheme = self._token()
        if not scheme or self._peek() not in {" ", ""}:
            return None
        parameters: dict[str, str] = {}
        while self.more():
            start = self._at
            name = self._token()
            self._skip(" \t")
            if not name or self._peek() != "=":
                # A word without `=` begins the next challenge.
                self._at = start
                return Challenge(scheme.lower(), parameters) if name else None
            self._at += 1
            value = self._value()
            if value is None or name.lower() in parameters:
                return None
            parameters[name.lower()] = value
        return Challenge(scheme.lower(), parameters)

    def _value(self) -> str | None:
        self._skip(" \t")
        if self._peek() != '"':
            return self._token() or None
        self._at += 1
        piece: list[str] = []
        while self._peek() not in {'"', ""}:
            if self._peek() == "\\":
                self._at += 1
            piece.append(self._peek())
            self._at += 1
        if self._peek() != '"':
            return None
        self._at += 1
        return "".join(piece)

    def _token(self) -> str:
        start = self._at
        while self._at < len(self._text) and self._text[self._at] in _TOKEN:
            self._at += 1
        return self._text[start : self._at]

    def _skip(self, characters: str) -> None:
        while self._at < len(self._text) and self._text[self._at] in characters:
            self._at += 1

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]
