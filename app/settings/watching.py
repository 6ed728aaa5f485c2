"""Settings of what is seen from outside, and of how fast is written to GitHub."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from app.settings.values import SettingsError

_LIMITS = re.compile(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,6})")
_LISTEN = re.compile(r"(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9.-]{1,253}):([0-9]{1,5})")
_LAST_PORT = 65_535


def write_limits(text: str) -> tuple[int, int] | None:
    """Read how many writes GitHub takes a minute and an hour, `None` for no limit; raises `SettingsError`."""
    if text.strip().lower() == "off":
        return None
    found = _LIMITS.fullmatch(text.strip())
    if found is None:
        raise SettingsError("ASSAY_GITHUB_WRITES", "give MINUTE/HOUR, such as 80/500, or off.")
    return int(found[1]), int(found[2])


def metrics_listen(text: str, public: tuple[str, int]) -> tuple[str, int]:
    """Read where metrics are served, never at the `public` address; raises `SettingsError`."""
    found = _LISTEN.fullmatch(text)
    if found is None or int(found[2]) > _LAST_PORT:
        raise SettingsError("ASSAY_METRICS_LISTEN", "give HOST:PORT, such as 127.0.0.1:9464.")
    listen = found[1].strip("[]"), int(found[2])
    if listen == public:
        raise SettingsError("ASSAY_METRICS_LISTEN", "the same as ASSAY_LISTEN, which everybody reaches; give another.")
    return listen


def traces_url(text: str) -> str:
    """Read where traces are sent; raises `SettingsError`."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.username is None
        _ = parts.port  # reading it is what checks it
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError("ASSAY_TRACES_URL", "give http(s)://HOST:PORT/v1/traces, without a password.")
    return text
