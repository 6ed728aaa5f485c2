"""Who sits at the terminal."""

from __future__ import annotations

from typing import Final

from app.core.oci import Audience

OWNER: Final = "the person at the terminal"


def terminal_audience() -> Audience:
    """Name the person at the terminal, whose credentials these are."""
    return Audience(owner=OWNER)
