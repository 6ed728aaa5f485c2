"""Values that Flux's image automation sets: `version: 1.2 # {"$imagepolicy": "apps:api:tag"}`.

The comment says that the value is an image, its tag or its name, whatever the key is called. It only ever adds to what
is found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from app.core.errors import InvalidReference
from app.core.inventory import ImageUse
from app.core.oci import ImageName, ImageReference
from app.core.yaml import Scalar
from app.formats.base.annotated import is_version
from app.formats.base.place import Place
from app.formats.base.reference import Claim, recognised

_SIGN = "$imagepolicy"
_LONGEST_LINE = 4096
_MARK = re.compile(r'#\s{0,9}\{\s{0,9}"\$imagepolicy"\s{0,9}:\s{0,9}"([\w.-]+:[\w.-]+)(?::(tag|name))?"\s{0,9}\}')
_VALUE = re.compile(
    r"""\s*+(?:-\s++)?(?:["']?(?P<key>[\w$./-]+)["']?(?::\s{1,9}|\s{0,9}=\s{0,9}))?["']?(?P<text>[^\s"'#]+)"""
)


@dataclass(frozen=True, slots=True)
class _Marker:
    line: int
    key: str
    text: str
    policy: str
    part: str


def find_marked(uses: Iterable[ImageUse], text: str, place_at: Callable[[int, str], Place]) -> Iterator[ImageUse]:
    """Return the uses, and behind them what only a marker tells to be one; `place_at` says where a line and key are."""
    if _SIGN not in text:
        yield from uses
        return
    markers = tuple(_markers(text))
    # `1.2@sha256:…` looks like an image that is called 1.2, until a marker says that it is a tag.
    tags = {(one.line, one.text) for one in markers if one.part == "tag" and is_version(one.text)}
    known, taken_back = set[int](), set[int]()
    for use in uses:
        if (use.line, use.written) in tags:
            taken_back.add(use.line)
        else:
            known |= {use.line, *use.lines}
            yield use
    names = {one.policy: name for one in markers if one.part == "name" and (name := _name(one.text)) is not None}
    for marker in markers:
        if marker.part != "name" and (marker.line not in known or marker.line in taken_back):
            yield _use(marker, names.get(marker.policy), place_at(marker.line, marker.key))


def _markers(text: str) -> Iterator[_Marker]:
    for number, line in enumerate(text.split("\n"), 1):
        if _SIGN not in line or len(line) > _LONGEST_LINE:
            continue
        mark, value = _MARK.search(line), _VALUE.match(line)
        if mark is not None and value is not None:
            yield _Marker(number, value["key"] or "", value["text"], mark[1], mark[2] or "")


def _use(marker: _Marker, name: ImageName | None, place: Place) -> ImageUse:
    scalar = Scalar(marker.text, marker.line, text_line=marker.line)
    if not marker.part:
        whole = recognised(marker.text, Claim.CERTAIN)
        return place.unclear(scalar, "not a valid image reference") if whole is None else place.use(whole, scalar)
    try:
        version = ImageReference.parse(f"unknown:{marker.text}")
    except InvalidReference as error:
        return place.unclear(scalar, str(error))
    return replace(place.blank(scalar), name=name, tag=version.tag, digest=version.digest, said=name is not None)


def _name(text: str) -> ImageName | None:
    try:
        return ImageName.parse(text)
    except InvalidReference:
        return None
