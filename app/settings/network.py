"""How the world is reached: certificate authorities, a proxy, and what goes around it."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path

from app.settings.addresses import split
from app.settings.values import Secret, SettingsError

_HOST = re.compile(r"\.?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")


def proxy(text: str) -> Secret:
    """Read the address of an HTTP proxy, which may hold a password; raises `SettingsError`, which repeats nothing."""
    parts = split("ASSAY_PROXY", text)
    bare = parts.path in {"", "/"} and not parts.query and not parts.fragment
    if parts.scheme != "http" or not parts.hostname or parts.port is None or not bare:
        raise SettingsError("ASSAY_PROXY", "give http://HOST:PORT or http://USER:PASSWORD@HOST:PORT.")
    return Secret(text.rstrip("/"))


def direct(text: str) -> frozenset[str]:
    """Read hosts that are reached without the proxy, separated by commas or blanks; `.example.org` is all below it."""
    found = frozenset(one.lower() for one in re.split(r"[\s,]+", text) if one)
    for one in sorted(found):
        if not (_HOST.fullmatch(one) if ":" not in one else _is_address(one)):
            raise SettingsError(
                "ASSAY_NO_PROXY", f"{one[:80]!r} is no host; give HOST or .SUFFIX, separated by commas."
            )
    return found


def ca_file(text: str) -> Path:
    """Name a file of certificate authorities; raises `SettingsError` when it holds none."""
    path = Path(text)
    try:
        held = path.read_text(encoding="ascii", errors="replace")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no file has such a name"
        raise SettingsError("ASSAY_CA_FILE", f"{text!r} cannot be read ({why}).") from error
    if "-----BEGIN CERTIFICATE-----" not in held:
        raise SettingsError("ASSAY_CA_FILE", f"{text} holds no certificate in PEM.")
    return path


def _is_address(text: str) -> bool:
    """Say whether it is an IPv6 address: a host with a port would never be matched, and be reached by the proxy."""
    try:
        return ipaddress.ip_address(text).version > 0
    except ValueError:
        return False
