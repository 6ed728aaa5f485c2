"""The one safe way to read YAML (and JSON, its subset) with positions.

Nothing is constructed and nothing is typed: every scalar stays text, for a tag `1.10` or `012` is a tag and no number.
What goes over a bound is refused, never read in part.
"""

from __future__ import annotations

from app.core.yaml.composing import MAX_BYTES, Ambiguous, NotYaml, read, reuse
from app.core.yaml.doubling import Doubling, content, doublings, readings
from app.core.yaml.nodes import Entry, Mapping, Node, Scalar, Sequence, Style

__all__ = [
    "MAX_BYTES",
    "Ambiguous",
    "Doubling",
    "Entry",
    "Mapping",
    "Node",
    "NotYaml",
    "Scalar",
    "Sequence",
    "Style",
    "content",
    "doublings",
    "read",
    "readings",
    "reuse",
]
