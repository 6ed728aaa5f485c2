"""Documents as text: no text of others breaks them, and what looks like a secret is cut out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from app.render.plain import without_secrets

Json = Mapping[str, object]


def line(document: Json) -> str:
    """Write a document as one line of ASCII without its end: no text of others can break or turn the line."""
    return json.dumps(_clean(document), separators=(",", ":"))


def text(document: Json) -> str:
    """Write a document as JSON text: indented, in its own order, ending in a newline."""
    return json.dumps(_clean(document), ensure_ascii=False, indent=2) + "\n"


def _clean(value: object) -> object:
    # Text by text: a pattern that ran over the whole document could eat its structure.
    if isinstance(value, str):
        # A lone surrogate is no Unicode text and cannot be written as UTF-8.
        return without_secrets(value).encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, Mapping):
        return {_clean(key): _clean(one) for key, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, list) else value


def time(moment: datetime | None) -> str | None:
    """Write a moment as RFC 3339."""
    return None if moment is None else moment.isoformat()
