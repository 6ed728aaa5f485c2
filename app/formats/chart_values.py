"""Which values of a vendored chart end in images, read off its templates as text; nothing is rendered.

A template may put an image together from any values (`{{ .Values.host }}/{{ .Values.app }}:{{ .Values.rel }}`). Such a
value looks like no image in `values.yaml`; that it is part of one only the template says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from app.core.yaml import Mapping, Node, Scalar, Sequence, read

_IMAGE_KEY: Final = re.compile(r"^\s*(?:-\s*)?[\"']?\w*image(?!pull)\w*[\"']?\s*:", re.IGNORECASE)
_DEFINE: Final = re.compile(r"\{\{-?\s*define\s+\"([^\"]{0,200})\"")
_VALUE: Final = re.compile(r"\.Values((?:\.[A-Za-z_]\w*){1,12})")
_MAX_LINE: Final = 4_000


def is_values(path: str) -> bool:
    """Say by its name whether a file may hold a chart's own values."""
    name = path.rpartition("/")[2].lower()
    return name.startswith("values") and name.endswith((".yaml", ".yml"))


def image_values(templates: Iterable[str]) -> frozenset[str]:
    """Return the paths of values (`img.rel`) that stand in lines of images, or in a helper that is called for one."""
    found: set[str] = set()
    for text in templates:
        within = False
        for line in text.splitlines():
            names = _DEFINE.findall(line[:_MAX_LINE])
            if names:
                within = "image" in names[-1].lower()
            if within or _IMAGE_KEY.match(line[:_MAX_LINE]):
                found |= {path.lstrip(".") for path in _VALUE.findall(line[:_MAX_LINE])}
    return frozenset(found)


def changed_values(before: str, after: str) -> dict[str, int]:
    """Return the paths of scalars that are new or written otherwise, with their lines; raises `Unreadable`."""
    old = {path: scalar.text for document in read(before) for path, scalar in _scalars(document, "")}
    new = {path: scalar for document in read(after) for path, scalar in _scalars(document, "")}
    return {path: scalar.place for path, scalar in new.items() if old.get(path) != scalar.text}


def part_of(path: str, values: Iterable[str]) -> bool:
    """Say whether a value is one of `values`, or lies below one: a template may take a whole group.

    How an image is pulled (`image.pullPolicy`) is no part of its name.
    """
    if path.rpartition(".")[2].lower().startswith("pull"):
        return False
    return any(path == value or path.startswith(f"{value}.") for value in values)


def _scalars(node: Node, path: str) -> Iterator[tuple[str, Scalar]]:
    if isinstance(node, Mapping):
        for entry in node.entries:
            yield from _scalars(entry.value, f"{path}.{entry.key.text}" if path else entry.key.text)
    elif isinstance(node, Sequence):
        for number, item in enumerate(node.items):
            yield from _scalars(item, f"{path}.{number}")
    else:
        yield path, node
