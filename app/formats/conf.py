"""Plain settings: `.conf`, `.ini`, `.properties` and their like, `KEY = value` with sections or without."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.inventory import ImageUse
from app.formats.base import Place, find_assigned

NAME = "conf"

_ENDINGS = (".conf", ".cfg", ".ini", ".properties", ".config", ".cnf")


def matches(path: str) -> bool:
    """Whether a file's ending is one of settings."""
    return path.lower().endswith(_ENDINGS)


def extract(path: str, text: str) -> Iterable[ImageUse]:
    """Return the images that settings name, with a tag, a digest or a registry."""
    return find_assigned(text, Place(path, NAME), ("#", ";", "//", "!"))
