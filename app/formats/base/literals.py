"""Images in the string literals of source text, where a literal may as well be something else than an image."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from app.core.errors import InvalidReference
from app.core.inventory import ImageUse
from app.core.oci import ImageName, ImageReference
from app.core.yaml import Mapping, Node, Scalar, Sequence
from app.formats.base.annotated import Annotation, find_annotations
from app.formats.base.place import Place
from app.formats.base.reference import Claim, recognised
from app.formats.base.shapes import find_by_shape

_VERSION = re.compile(r"[A-Za-z0-9_][\w.-]{0,127}(?:@sha256:[0-9a-f]{64})?", re.ASCII)
_INDEX = re.compile(r"\[\d+\]")
_OPEN = re.compile(r"(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?::\d+)?/[a-z0-9._/-]+[:@][\w.-]{0,128}\$\{")
# What a build makes is no image that runs.
_MADE = frozenset({"tags", "output", "outputs", "cache-to", "cache_to", "repo_tags"})


def find_literals(text: str, tree: Node, place: Place) -> Iterator[ImageUse]:
    """Return the images that literals of a text name with a tag or a digest, given its rough tree.

    In a table that gives versions of images by name (`"acme/api": "1.2@sha256:…"`), every name with a slash counts;
    which registry it is of is only known where a comment says so.
    """
    rows = list(_tables(tree, place, {one.line: one for one in find_annotations(text)}))
    known = {(use.line, use.written) for use in rows}
    yield from rows
    for use in find_by_shape(tree, place):
        if _counts(use) and (use.line, use.written) not in known:
            yield use


def find_open(text: str, tree: Node, place: Place) -> Iterator[ImageUse]:
    """Return the strings that name a registry and a repository, and whose version is filled in elsewhere."""
    if "${" in text or "+" in text:
        for here, scalar in _strings(tree, place):
            if _OPEN.match(scalar.text) is not None:
                yield here.unclear(scalar, "the image is filled in elsewhere")


def _strings(node: Node, place: Place) -> Iterator[tuple[Place, Scalar]]:
    if isinstance(node, Scalar):
        yield place, node
    elif isinstance(node, Mapping):
        for entry in node.entries:
            yield from _strings(entry.value, place.into(entry.key.text))
    else:
        for index, item in enumerate(node.items):
            yield from _strings(item, place.into(index))


def _counts(use: ImageUse) -> bool:
    """Whether a literal says enough of itself: its key alone may speak of a picture, a project, a disk."""
    if use.problem is not None or (use.tag is None and use.digest is None) or use.written.startswith("sha256:"):
        return False
    if _INDEX.sub("", use.field).rpartition(".")[2] in _MADE:
        return False
    if use.parts is None or use.digest is not None or "image" in use.field.lower() or "container" in use.field.lower():
        return True
    # `repo` and `tag` are also what a project of source code has.
    return recognised(use.written.replace(" ", ":"), Claim.ANY) is not None


def _tables(node: Node, place: Place, said: dict[int, Annotation]) -> Iterator[ImageUse]:
    """Return the rows of every table of versions; a table is one when a row has a digest or a comment says so."""
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _tables(item, place, said)
    elif isinstance(node, Mapping):
        rows = [
            row
            for entry in node.entries
            if isinstance(entry.value, Scalar)
            and (row := _row(entry.key, entry.value, place, said.get(entry.value.line))) is not None
        ]
        if any(row.digest is not None or said.get(row.line) is not None for row in rows):
            yield from rows
        for entry in node.entries:
            if not isinstance(entry.value, Scalar):
                yield from _tables(entry.value, place.into(entry.key.text), said)


def _row(key: Scalar, value: Scalar, place: Place, comment: Annotation | None) -> ImageUse | None:
    """Return the use of a version whose key is its image; the name that a comment gives is put in later."""
    if (comment is None and "/" not in key.text) or (comment is not None and comment.name is None):
        return None
    if _VERSION.fullmatch(value.text) is None:
        return None
    try:
        version = ImageReference.parse(f"x:{value.text}")
        name = ImageName.parse(key.text)
    except InvalidReference:
        return None
    use = place.into(key.text).use(version, value)
    return replace(use, name=name if comment is None and "." in key.text.partition("/")[0] else None)
