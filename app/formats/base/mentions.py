"""Images in text that is no YAML: scripts, templates, expressions inside a string."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.core.inventory import ImageUse
from app.core.yaml import Scalar
from app.formats.base.place import Place
from app.formats.base.reference import Claim, claim_of, may_name_an_image, problem, recognised

# Each pattern starts at the beginning of a word only, so that a line of any length is read in one pass.
_ASSIGNED = re.compile(
    r"""(?<![\w./-])(?P<key>[\w./-]+)["']?\s{0,20}(?P<sign>:=|[?+:]?=|:)\s{0,20}["']?
    (?P<text>(?:\{\{[^{}]{0,200}\}\}|[^\s"',}])+)""",
    re.VERBOSE,
)
_WORD = re.compile(r"(?<![\w.:/@-])[A-Za-z0-9][\w.:/@-]*(?<![.:/@-])")
_SCHEMES = ("docker://", "docker-image://", "container://")


def find_mentions(text: str, place: Place, comments: tuple[str, ...] = ("#", "//")) -> Iterator[ImageUse]:
    """Return the images that the lines of a text name, by assignment (`image: …`, `X=…`) or as a word of their own.

    A word must have a digest, or a registry and a tag. An `image` that a template fills in is told as a problem.
    Lines that are comments are left out.
    """
    for number, line in enumerate(text.split("\n"), 1):
        if may_name_an_image(line) and not line.lstrip().startswith(comments):
            yield from _in_line(line, number, place)


def _in_line(line: str, number: int, place: Place) -> Iterator[ImageUse]:
    assigned: set[str] = set()
    for match in _ASSIGNED.finditer(line):
        claim = claim_of(match["key"])
        scalar = Scalar(match["text"], number, text_line=number)
        reference = recognised(without_scheme(scalar.text), claim)
        if reference is not None:
            assigned.add(scalar.text)
            yield place.into(match["key"]).use(reference, scalar)
        elif claim is Claim.CERTAIN and match["sign"] == ":" and (why := problem(scalar.text, strict=False)):
            yield place.into(match["key"]).unclear(scalar, why)
    for match in _WORD.finditer(line):
        if match[0] in assigned:
            continue
        reference = recognised(without_scheme(match[0]), Claim.ANY)
        if reference is not None:
            yield place.use(reference, Scalar(match[0], number, text_line=number))


def without_scheme(text: str) -> str:
    """Take away the scheme of an image (`docker://`); any other stays and makes the text no reference."""
    scheme = next((one for one in _SCHEMES if text.startswith(one)), "")
    return text.removeprefix(scheme)
