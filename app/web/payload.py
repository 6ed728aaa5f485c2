"""Walk through a delivery's JSON without trusting it: what is missing or of another form is `None`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

NAME: Final = re.compile(r"(?!\.{1,2}\Z)[0-9A-Za-z._-]{1,100}", re.ASCII)
LOGIN: Final = re.compile(r"[0-9A-Za-z_-]{1,100}", re.ASCII)
NODE: Final = re.compile(r"[0-9A-Za-z_=-]{1,100}", re.ASCII)
COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)
_MAX_ID = 2**63 - 1
_MAX_REF = 255


def object_at(value: Mapping[str, object], *path: str) -> Mapping[str, object]:
    """Return the object at `path`, an empty one when there is none."""
    for step in path:
        found = value.get(step)
        value = found if isinstance(found, dict) else {}
    return value


def number_at(value: Mapping[str, object], key: str) -> int | None:
    """Return a positive number that fits GitHub's ids."""
    found = value.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 < found <= _MAX_ID else None


def word_at(value: Mapping[str, object], key: str, pattern: re.Pattern[str]) -> str | None:
    """Return a string of the given form."""
    found = value.get(key)
    return found if isinstance(found, str) and pattern.fullmatch(found) else None


def is_ref(name: str) -> bool:
    """Say whether a name can be a branch's and can be written in an address (lone surrogates cannot)."""
    return 0 < len(name) <= _MAX_REF and name.isprintable()
