"""What the tests of formats look at: images as short text with their lines."""

from __future__ import annotations

from app.core.inventory import ImageUse
from app.formats import find_images

D = "sha256:" + "0123456789abcdef" * 4
E = "sha256:" + "f" * 64


def short(use: ImageUse) -> str:
    """`name:tag@digest`, `?` for an unknown name, `!` and the written text for one that cannot be judged."""
    if use.problem is not None:
        return f"!{use.written}"
    name = "?" if use.name is None else str(use.name).removeprefix("docker.io/").removeprefix("library/")
    tag = "" if use.tag is None else f":{use.tag}"
    return f"{name}{tag}" if use.digest is None else f"{name}{tag}@{use.digest}"


def images(text: str, path: str = "a.yaml") -> list[str]:
    """Find the images of a file."""
    return [short(use) for use in find_images(path, text)]


def lines(text: str, path: str = "a.yaml") -> list[tuple[int, str]]:
    """Find the images of a file with their lines."""
    return [(use.line, short(use)) for use in find_images(path, text)]


def fields(text: str, path: str = "a.yaml") -> list[tuple[str, str]]:
    """Find the images of a file with their fields."""
    return [(use.field, short(use)) for use in find_images(path, text)]
