"""TOML: settings of GitLab runners, buildpacks and other tools that name the images they run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.core.inventory import ImageUse
from app.formats.base import Place, Syntax, find_literals, rough_tree

NAME = "toml"

_SYNTAX = Syntax(comments=("#",), blocks=False, long=('"""', "'''"))
_TABLE = re.compile(r"^[ \t]{0,40}\[{1,2}([^\[\]\n]+)\]{1,2}[^\n]*$", re.MULTILINE)


def matches(path: str) -> bool:
    """Whether a file's ending is TOML's."""
    return path.lower().endswith(".toml")


def extract(path: str, text: str) -> Iterator[ImageUse]:
    """Return the images that each table names."""
    place, start, line = Place(path, NAME), 0, 1
    for head in (*_TABLE.finditer(text), None):
        table = text[start : len(text) if head is None else head.start()]
        yield from find_literals(table, rough_tree(table, _SYNTAX, line), place)
        if head is not None:
            place = Place(path, NAME).into(*(part.strip(" \t\"'") for part in head[1].split(".")))
            line += text.count("\n", start, head.end())
            start = head.end()
