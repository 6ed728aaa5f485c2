"""Images that manifests use, and how two inventories differ."""

from __future__ import annotations

from app.core.inventory.difference import diff, unreadable_changes
from app.core.inventory.uses import ImageChange, ImageLines, ImageUse, ImageVersion, ObjectReference, UnreadablePlace

__all__ = [
    "ImageChange",
    "ImageLines",
    "ImageUse",
    "ImageVersion",
    "ObjectReference",
    "UnreadablePlace",
    "diff",
    "unreadable_changes",
]
