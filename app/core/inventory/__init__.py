"""Images that manifests use, and how two inventories differ."""

from __future__ import annotations

from app.core.inventory.comments import newly_said
from app.core.inventory.difference import diff, unreadable_changes
from app.core.inventory.sources import REPOSITORY, chart, resolved, source_changes
from app.core.inventory.uses import (
    Artifact,
    ImageChange,
    ImageLines,
    ImageUse,
    ImageVersion,
    ObjectReference,
    Source,
    UnreadablePlace,
)

__all__ = [
    "REPOSITORY",
    "Artifact",
    "ImageChange",
    "ImageLines",
    "ImageUse",
    "ImageVersion",
    "ObjectReference",
    "Source",
    "UnreadablePlace",
    "chart",
    "diff",
    "newly_said",
    "resolved",
    "source_changes",
    "unreadable_changes",
]
