"""The dialects in which policies write sets of texts."""

from __future__ import annotations

from app.admission.base.languages.regex import NotUnderstood, parse
from app.admission.base.languages.tree import (
    ANY,
    ANYTHING,
    NOT_NEWLINE,
    NOT_SLASH,
    Chain,
    Language,
    Many,
    Tree,
    literal,
)

MAX_PATTERN = 4096


def exact(text: str) -> Language:
    """Return the text itself, and nothing else."""
    return Language.of(literal(_bounded(text)))


def prefix(text: str) -> Language:
    """Return every text that begins so."""
    return Language.of(Chain((literal(_bounded(text)), ANYTHING)))


def suffix(text: str) -> Language:
    """Return every text that ends so."""
    return Language.of(Chain((ANYTHING, literal(_bounded(text)))))


def wildcard(text: str) -> Language:
    """Return what a pattern matches in which `*` is any run and `?` one character (Kyverno)."""
    return Language.of(Chain(tuple(_WILD.get(one) or literal(one) for one in _bounded(text))))


def starred(text: str) -> Language:
    """Return what a pattern matches in which only `*` is special, and is any run."""
    return Language.of(Chain(tuple(ANYTHING if one == "*" else literal(one) for one in _bounded(text))))


def trailing_star(text: str) -> Language:
    """Return the text itself, or with a `*` at its end every text that begins so."""
    return prefix(text[:-1]) if text.endswith("*") else exact(text)


def image_glob(text: str) -> Language:
    """Return what a glob of a ClusterImagePolicy matches: `*` within a part, `**` across parts."""
    parts: list[Tree] = []
    position = 0
    _bounded(text)
    while position < len(text):
        if text.startswith("**", position):
            parts.append(Many(NOT_NEWLINE))
            position += 2
        else:
            parts.append(Many(NOT_SLASH) if text[position] == "*" else literal(text[position]))
            position += 1
    return Language.of(Chain(tuple(parts)))


def regex(text: str) -> Language:
    """Return every text in which an RE2 expression is found somewhere; raises `NotUnderstood`."""
    return Language.of(Chain((ANYTHING, parse(_bounded(text)), ANYTHING)))


def whole_regex(text: str) -> Language:
    """Return every text that an RE2 expression matches as a whole; raises `NotUnderstood`."""
    return Language.of(parse(_bounded(text)))


def _bounded(text: str) -> str:
    if len(text) > MAX_PATTERN:
        raise NotUnderstood(f"a pattern of more than {MAX_PATTERN} characters")
    return text


_WILD: dict[str, Tree] = {"*": ANYTHING, "?": ANY}
