"""The world of the end-to-end scenarios, for stories of single jobs."""

from __future__ import annotations

from tests.e2e.conftest import world

__all__ = ["world"]
