"""Bare versions whose image stands only in a comment: `# renovate: datasource=docker depName=ghcr.io/acme/api`.

The comment is what update bots go by, and people too; so a version below one is a version of that image.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from app.core.errors import InvalidReference
from app.core.inventory import ImageUse
from app.core.oci import ImageName, ImageReference
from app.core.yaml import Scalar
from app.formats.base.place import Place

_MARK = "renovate:"
_LONGEST_LINE = 4096
_REACH = 3
_FIELD = re.compile(r"(?<!\S)([A-Za-z]+)=([^\s,]+)")
_COMMENT = re.compile(r"\s*+(?:#|//|--|;|/?\*|<!--|\{\{-?\s?/\*|\{#)")
_VALUE = re.compile(
    r"""\s*+(?:-\s++)?(?:(?:export|ENV|ARG|set|const|let|var|local|readonly|final|public|static|private)\s++){0,4}
    ["']?(?P<key>[\w$][\w$./-]*)["']?(?:\s{0,20}(?::=|[?+:]?=|:)\s{0,20}(?:[&!][\w-]+\s+)?["']?(?P<value>[^\s"',;}]*))?""",
    re.VERBOSE,
)
_OLD_ENV = re.compile(r"""\s*+ENV\s++(?P<key>\w+)\s++["']?(?P<value>[^\s"'=]+)""")
_ALONE = re.compile(r"""\s*+["']?(?P<value>[^\s"',;}]+)""")
_VERSION = re.compile(r"v?\d|.*@", re.IGNORECASE)
_BLOCK = re.compile(r"[|>][-+0-9]*")


@dataclass(frozen=True, slots=True)
class Annotation:
    """What a comment says of the version at `line`, written as `text` for `key`; `other` when it is no image's."""

    line: int
    key: str
    text: str
    name: ImageName | None
    other: bool


def find_annotations(text: str) -> tuple[Annotation, ...]:
    """Return what the comments for update bots say, in their order."""
    if _MARK not in text:
        return ()
    lines = text.split("\n")
    found = (_annotation(lines, number) for number, line in enumerate(lines) if _MARK in line)
    return tuple(one for one in found if one is not None)


def complete(uses: Iterable[ImageUse], text: str, place_at: Callable[[int, str], Place]) -> Iterator[ImageUse]:
    """Return the uses with the names that comments give, and behind them the versions that only comments explain.

    `place_at` says where in the file a line and its key are.
    """
    at_line = {
        one.line: one for one in find_annotations(text) if one.name is not None and _parsed(one.text) is not None
    }
    if not at_line:
        yield from uses
        return
    known = set[int]()
    for use in uses:
        lines = {use.line, *use.lines}
        known |= lines
        found = next((at_line[line] for line in sorted(lines) if line in at_line), None)
        yield use if found is None else _completed(use, found)
    for line, found in at_line.items():
        reference = _parsed(found.text)
        if line in known or reference is None or found.name is None:
            continue
        whole = ImageReference(found.name, reference.tag, reference.digest)
        yield replace(place_at(line, found.key).use(whole, Scalar(found.text, line, text_line=line)), said=True)


def _completed(use: ImageUse, found: Annotation) -> ImageUse:
    """Put in the name that a comment gives; `1.2@sha256:…` is no image that is called `1.2`."""
    if use.problem is None and use.name is None:
        return replace(use, name=found.name, said=True)
    version = _parsed(found.text) if use.tag is None and use.written == found.text else None
    if version is not None and version.tag is not None and is_version(found.text):
        return replace(use, name=found.name, tag=version.tag, digest=version.digest, said=True)
    return use


def is_version(text: str) -> bool:
    """Whether text that could be an image's whole name is meant as a version: `1.2`, `main@sha256:…`, not `nginx`."""
    return _VERSION.match(text) is not None


def _annotation(lines: list[str], number: int) -> Annotation | None:
    line = lines[number][:_LONGEST_LINE]
    before, _, said = line.partition(_MARK)
    fields = dict(_FIELD.findall(said))
    start = number
    if _COMMENT.match(before) is not None:
        reach = range(number + 1, min(number + 1 + _REACH, len(lines)))
        start = next((at for at in reach if lines[at].strip() and _COMMENT.match(lines[at]) is None), -1)
    below = lines[start][:_LONGEST_LINE] if start >= 0 else ""
    match = _OLD_ENV.match(below) or _VALUE.match(below)
    if match is None:
        return None
    value, at = match["value"] or "", start
    if (not value or _BLOCK.fullmatch(value)) and start + 1 < len(lines):
        # The value stands on a line of its own: a folded scalar, a long string.
        alone = _ALONE.match(lines[start + 1][:_LONGEST_LINE])
        value, at = ("" if alone is None else alone["value"]), start + 1
    name = _name(fields, match["key"]) if fields.get("datasource") == "docker" else None
    return Annotation(at + 1, match["key"], value, name, other=fields.get("datasource", "docker") != "docker")


def _name(fields: dict[str, str], key: str) -> ImageName | None:
    """Return the image that is looked up: `packageName` where it differs from what is shown, or the key itself."""
    written = fields.get("packageName") or fields.get("lookupName") or fields.get("depName") or key
    registry = fields.get("registryUrl", "").rpartition("://")[2].strip("/")
    if registry and not written.startswith(f"{registry}/") and "." not in written.partition("/")[0]:
        written = f"{registry}/{written}"
    try:
        return ImageName.parse(written)
    except InvalidReference:
        return None


def _parsed(text: str) -> ImageReference | None:
    """Read `tag`, `tag@digest`, `@digest` or `digest`; a name of its own is no bare version."""
    tag, _, digest = text.partition("@")
    if tag.startswith("sha256:"):
        tag, digest = "", tag
    try:
        return ImageReference.parse(f"x{f':{tag}' if tag else ''}{f'@{digest}' if digest else ''}") if text else None
    except InvalidReference:
        return None
