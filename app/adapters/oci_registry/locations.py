"""URLs that a stranger sent (a token realm, a redirect): taken apart by a grammar of our own, or refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from app.adapters.oci_registry.transport import Origin

_MAX_URL: Final = 8192
# Each class is disjoint from what follows it, so the match is linear (AT-103).
_URL = re.compile(r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]{1,253})(?::(?P<port>[0-9]{1,5}))?(?P<target>[/?].*)?")
_TARGET = re.compile(r"[A-Za-z0-9/?:@!$&'()*+,;=._~%-]*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_DEFAULT_PORT: Final = {"https": 443, "http": 80}
_MAX_PORT: Final = 65535


@dataclass(frozen=True, slots=True)
class Location:
    """An absolute URL without user information and fragment; `target` begins with a slash."""

    origin: Origin
    target: str


def read_location(text: str, base: Origin | None = None) -> Location | None:
    """Read an absolute URL, or with `base` also a path on that origin; `None` for anything else."""
    if len(text) > _MAX_URL:
        return None
    if base is not None and text.startswith("/") and not text.startswith("//"):
        return Location(base, text) if _TARGET.fullmatch(text) else None
    match = _URL.fullmatch(text)
    if match is None:
        return None
    scheme, host, target = match["scheme"], match["host"].lower(), match["target"] or "/"
    port = int(match["port"]) if match["port"] else _DEFAULT_PORT[scheme]
    if not 0 < port <= _MAX_PORT or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        return None
    if not _TARGET.fullmatch(target):
        return None
    return Location(Origin(scheme, host, port), target if target.startswith("/") else f"/{target}")
