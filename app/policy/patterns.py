r"""Identity patterns: RE2, always against the whole identity, and never so wide that strangers fit.

A pattern that forgets a `\\.` or starts with `.*` trusts people whom its author has never heard of, so what can be told
from its text is refused when the policy is read: the fixed text at its beginning must name who it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import re2

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_META = "\0"
_OWNER = re.compile(r"https://[^/\0]+/[^/\0]+/")
_AUTHORITY = re.compile(r"(?!https:)[a-z][a-z0-9+.-]*://[^/\0]+/")
_MAIL = re.compile(r"@[^/@\0]+\.[^/@\0.]+")
_REF_CLASS = re.compile("@refs/\0*(heads|tags)\0*(heads|tags)?\0*/")
_COMMIT = "@[0-9a-f]{40}"


def full_match(pattern: str, text: str) -> bool:
    """Say whether an RE2 pattern matches the whole text; a text that is no Unicode text matches nothing."""
    try:
        return bool(re2.fullmatch(pattern, text, _OPTIONS))
    except UnicodeEncodeError:
        return False


def compiles(pattern: str) -> bool:
    """Say whether RE2 accepts a pattern."""
    try:
        re2.compile(pattern, _OPTIONS)
    except (re2.error, UnicodeEncodeError):
        return False
    return True


def fault(pattern: str) -> str:
    """Say in one clause why a pattern, a printable text, is refused; empty when it is not."""
    if not compiles(pattern):
        return "RE2 does not accept the pattern (look-arounds and back-references are not known to it)"
    if re.search(r"\(\?(?!:)", pattern) or "\\Q" in pattern:
        return r"flags, named groups and \Q are not known; the group (?:…) is"
    return next((why for branch in _branches(pattern) if (why := _too_wide(branch, pattern))), "")


def fixed_beginning(pattern: str) -> str:
    """Return the text with which every identity that matches begins."""
    return _prefix(_branches(pattern)[0])


@dataclass(frozen=True, slots=True)
class _Token:
    """A literal character, or a piece that is none (`text` is then as written)."""

    text: str
    literal: bool


def _tokens(pattern: str) -> list[_Token]:
    pieces = re.findall(r"\\.|\(\?:|\[\^?\]?(?:\\.|[^\]\\])*\]|\{[0-9,]+\}|.", pattern, re.DOTALL)
    return [_token(piece) for piece in pieces]


def _token(piece: str) -> _Token:
    if piece.startswith("\\") and len(piece) > 1:
        return _Token(piece, literal=False) if piece[1].isalnum() else _Token(piece[1], literal=True)
    return _Token(piece, literal=len(piece) == 1 and piece not in ".*+?()|^$")


def _branches(pattern: str) -> list[list[_Token]]:
    """Split at the alternations that stand in no group; anchors, which say nothing here, are dropped."""
    branches: list[list[_Token]] = [[]]
    depth = 0
    for token in _tokens(pattern):
        if not token.literal and token.text in ("(", "(?:", ")"):
            depth += -1 if token.text == ")" else 1
        if not token.literal and token.text == "|" and depth == 0:
            branches.append([])
        elif token.literal or token.text not in ("^", "$", "\\A", "\\z"):
            branches[-1].append(token)
    return branches


def _prefix(branch: list[_Token]) -> str:
    found: list[str] = []
    for token in branch:
        if not token.literal:
            # What may be repeated no time at all is not fixed.
            return "".join(found[:-1] if token.text[0] in "*?{" else found)
        found.append(token.text)
    return "".join(found)


def _too_wide(branch: list[_Token], pattern: str) -> str:
    prefix = _prefix(branch)
    flat = "".join(token.text if token.literal else _META for token in branch)
    if _OWNER.match(prefix):
        return _github(flat, pattern) if prefix.startswith("https://github.com/") else ""
    if _AUTHORITY.match(prefix):
        return ""
    if "/" not in flat and _MAIL.search(flat.rpartition(_META)[2]):
        return ""
    return (
        r"the pattern must begin with fixed text that names host and owner (https://github\.com/acme/…, the dots "
        r"escaped), or for an e-mail address end with @ and the domain"
    )


def _github(flat: str, pattern: str) -> str:
    if "/.github/workflows/" not in flat:
        return r"a pattern for GitHub names the workflow's folder (/\.github/workflows/…)"
    if not _REF_CLASS.search(flat) and _COMMIT not in pattern:
        return "a pattern for GitHub names the kind of ref (@refs/heads/… or @refs/tags/…), or a commit (@[0-9a-f]{40})"
    return ""
