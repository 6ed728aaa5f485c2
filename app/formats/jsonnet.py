"""Jsonnet: images in the literals of `.jsonnet` and `.libsonnet` files; nothing is evaluated."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.inventory import ImageUse
from app.formats.base import Place, Syntax, find_literals, find_open, rough_tree

NAME = "jsonnet"

_SYNTAX = Syntax(long=("|||",))


def matches(path: str) -> bool:
    """Whether a file's ending is one of Jsonnet's."""
    return path.lower().endswith((".jsonnet", ".libsonnet"))


def extract(path: str, text: str) -> Iterator[ImageUse]:
    """Return the images that literals name; one whose version the program puts in is told where it differs."""
    place, tree = Place(path, NAME), rough_tree(text, _SYNTAX)
    yield from find_literals(text, tree, place)
    yield from find_open(text, tree, place)
