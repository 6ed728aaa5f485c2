"""The way out that settings describe."""

from __future__ import annotations

from app.core.network import WayOut
from app.settings import Settings


def way_out(settings: Settings) -> WayOut:
    """Return it."""
    ca_file = None if settings.ca_file is None else str(settings.ca_file)
    proxy = None if settings.proxy is None else settings.proxy.reveal()
    return WayOut(ca_file, proxy, settings.no_proxy)
