"""Quadlet: systemd units that Podman makes of `.container`, `.image` and `.volume` files."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.inventory import ImageUse
from app.formats.base import Claim, Place, find_mentions, find_settings, problem, recognised

NAME = "quadlet"

_ENDINGS = (".container", ".image", ".volume", ".kube", ".pod", ".build", ".quadlets")
_UNITS = (".image", ".build")
_COMMENTS = ("#", ";")


def matches(path: str) -> bool:
    """Whether a file's ending is one of Quadlet's."""
    return path.lower().endswith(_ENDINGS)


def extract(path: str, text: str) -> Iterator[ImageUse]:
    """Return the images that units run or pull; the name of another unit (`web.image`) is none of its own."""
    place = Place(path, NAME)
    known: set[int] = set()
    for setting in find_settings(text, _COMMENTS):
        written = setting.value.text
        if setting.key.text.lower() != "image" or not written or written.endswith(_UNITS):
            continue
        known.add(setting.value.line)
        here = place.into(setting.section or "Container", setting.key.text)
        reference = recognised(written, Claim.SURE)
        if reference is not None:
            yield here.use(reference, setting.value)
        else:
            why = problem(written, strict=True)
            yield here.unclear(setting.value, why or "not a valid image reference")
    # Commands around the container may name another one.
    for use in find_mentions(text, place, _COMMENTS):
        if use.problem is None and use.line not in known and (use.tag is not None or use.digest is not None):
            yield use
