"""Reads Markdown as GitHub does, as far as a library can: GFM with tables, raw HTML and bare links."""

from __future__ import annotations

from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

_GFM = MarkdownIt("gfm-like", {"html": True, "linkify": True})


def tokens(text: str) -> Iterator[Token]:
    """Every token of a text, those inside inline ones too."""
    for token in _GFM.parse(text):
        yield token
        yield from token.children or ()


def kinds(text: str) -> set[str]:
    """The kinds of token in a text."""
    return {token.type for token in tokens(text)}


def of_kind(text: str, kind: str) -> list[str]:
    """The contents of the tokens of one kind."""
    return [token.content for token in tokens(text) if token.type == kind]
