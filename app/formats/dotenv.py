"""Variables of an environment: `.env`, `params.env`, `.envrc`."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.inventory import ImageUse
from app.formats.base import Place, find_assigned

NAME = "dotenv"


def matches(path: str) -> bool:
    """Whether a file is named as files of variables are: `.env`, `.env.production`, `params.env`."""
    last = path.rpartition("/")[2].lower()
    return last.endswith((".env", ".envrc")) or last.startswith((".env.", "env."))


def extract(path: str, text: str) -> Iterable[ImageUse]:
    """Return the images that variables hold."""
    return find_assigned(text, Place(path, NAME), ("#",), sure=True)
