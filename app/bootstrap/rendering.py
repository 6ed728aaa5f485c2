"""The programs that render, where the operator allows them."""

from __future__ import annotations

import os

from app.adapters.renderer import Renderer
from app.settings import Settings


def renderer(settings: Settings) -> Renderer | None:
    """Look for the programs on the search path; `None` where rendering is not allowed."""
    return Renderer.on(os.environ.get("PATH", os.defpath)) if settings.render else None
