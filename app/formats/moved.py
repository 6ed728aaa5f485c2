"""References that moved in files of no known format: a changed line that differs from an old one in tag or digest only.

A single text of a file that nobody knows says little: `a/b:1` may be anything. Two lines that are equal but for a
version say that it is one.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.inventory import ImageUse
from app.core.oci import ImageReference
from app.core.yaml import Scalar
from app.formats.base import Claim, Place, recognised, without_scheme

NAME = "by shape"

_WORD = re.compile(r"(?<![\w.:/@-])[A-Za-z][\w.:/@-]*(?<![.:/@-])")
_TEXTS = (
    *("md", "mdx", "markdown", "rst", "adoc", "asciidoc", "txt", "tex", "pdf", "html", "htm", "css", "scss", "org"),
    *("svg", "png", "jpg", "jpeg", "gif", "ico", "webp", "bmp", "drawio", "woff", "woff2", "ttf", "otf", "mp4", "webm"),
    *("gz", "tgz", "zip", "tar", "xz", "bz2", "zst", "7z", "jar", "whl", "deb", "rpm", "iso", "exe", "dll", "so"),
    *(
        "lock",
        "sum",
        "snap",
        "po",
        "pot",
        "mo",
        "log",
        "diff",
        "patch",
        "pem",
        "pub",
        "crt",
        "key",
        "asc",
        "sig",
        "gpg",
    ),
    *("map", "d.ts", "min.js", "ipynb"),
)
_ENDINGS = tuple(f".{ending}" for ending in _TEXTS)
_TEXT_NAMES = frozenset({"license", "licence", "copying", "notice", "authors", "changelog", "readme", "codeowners"})


def may_move(path: str) -> bool:
    """Whether a file may name images that are used: documents, pictures, archives and locks do not."""
    last = path.rpartition("/")[2].lower()
    return not last.endswith(_ENDINGS) and last.partition(".")[0] not in _TEXT_NAMES


def find_moved(path: str, before: str, after: str) -> tuple[tuple[ImageUse, ...], tuple[ImageUse, ...]]:
    """Return the old and the new uses of references that moved, one by one, in the order of the new text."""
    waiting: dict[str, deque[_Line]] = {}
    old, new = before.split("\n"), after.split("\n")
    kept = Counter(old) & Counter(new)
    for line in _changed(old, kept):
        waiting.setdefault(line.shape, deque()).append(line)
    place = Place(path, NAME)
    pairs = [
        (place.use(*left), place.use(*right))
        for line in _changed(new, kept)
        if waiting.get(line.shape)
        for left, right in zip(waiting[line.shape].popleft().found, line.found, strict=True)
        if left[0] != right[0]
    ]
    return tuple(left for left, _ in pairs), tuple(right for _, right in pairs)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line with the references in it; its `shape` is what is left of it without their versions."""

    shape: str
    found: tuple[tuple[ImageReference, Scalar], ...]


def _changed(lines: list[str], kept: Counter[str]) -> Iterator[_Line]:
    """Return the lines with references that the other text does not have, however often."""
    left = kept.copy()
    for number, line in enumerate(lines, 1):
        if left[line] > 0:
            left[line] -= 1
            continue
        shape, found, at = list[str](), list[tuple[ImageReference, Scalar]](), 0
        for match in _WORD.finditer(line):
            reference = _reference(without_scheme(match[0]))
            if reference is not None:
                shape += (line[at : match.start()], f"\0{reference.name}\0")
                found.append((reference, Scalar(match[0], number, text_line=number)))
                at = match.end()
        if found:
            yield _Line("".join((*shape, line[at:].rstrip("\r"))), tuple(found))


def _reference(text: str) -> ImageReference | None:
    """Return a reference with a digest, or a tag behind a name of several parts; `a/b.c:12` is a line."""
    reference = recognised(text, Claim.LIKELY)
    if reference is None or reference.digest is not None or recognised(text, Claim.ANY) is not None:
        return reference
    name, _, tag = text.rpartition(":")
    is_line = tag.isdecimal() and "." in name.rpartition("/")[2]
    return reference if "/" in name and any(map(str.isdigit, tag)) and not is_line else None
