"""JSON with comments, as editors and development containers write it."""

from __future__ import annotations

import re

_PART = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_VISIBLE = re.compile(r"[^\n]")


def without_comments(text: str) -> str:
    """Return the text with blanks where comments stood, so that every line and column stays; strings stay whole."""
    return _PART.sub(lambda match: match[0] if match[0][0] == '"' else _VISIBLE.sub(" ", match[0]), text)
