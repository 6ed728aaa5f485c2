"""Addresses that settings hold: GitHub's API, and this server as browsers reach it."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from app.settings.values import SettingsError

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_ORIGIN = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?")


def github_url(text: str) -> str:
    """Read the root of GitHub's API, `https` except on this machine; raises `SettingsError`."""
    parts = split("ASSAY_GITHUB_URL", text)
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not secure or not parts.hostname or parts.username or parts.password or parts.query or parts.fragment:
        raise SettingsError(
            "ASSAY_GITHUB_URL", "give the API's root as https://HOST/PATH (https://HOST/api/v3 for GitHub Enterprise)."
        )
    return text.rstrip("/")


def public_url(text: str) -> str:
    """Read an address without path, `https` except on this machine; raises `SettingsError`."""
    found = origin(text)
    if found is None:
        raise SettingsError("ASSAY_PUBLIC_URL", "give https://HOST or https://HOST:PORT, without a path.")
    return found


def origin(text: str) -> str | None:
    """Return the scheme, host and port that a text is and nothing more, `https` except on this machine; else `None`."""
    try:
        parts = split("", text.strip().rstrip("/"))
    except SettingsError:
        return None
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    bare = f"{parts.scheme}://{parts.netloc}".lower()
    whole = text.strip().rstrip("/").lower() == bare
    return bare if secure and whole and _ORIGIN.fullmatch(bare) else None


def split(variable: str, text: str) -> SplitResult:
    """Split an address; raises `SettingsError` for what is none."""
    try:
        parts = urlsplit(text)
        _ = parts.port  # reading it is what checks it
    except ValueError:
        # Without its cause, which repeats what it took for a port: that may be a part of a password.
        raise SettingsError(variable, "not a URL; correct it.") from None
    return parts
