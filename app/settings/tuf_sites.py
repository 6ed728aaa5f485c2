"""The settings about TUF repositories: the operator's own, and mirrors of the built-in ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from app.settings.values import SettingsError

_VARIABLE: Final = "ASSAY_TUF_SOURCES"
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_BUILT_IN: Final = frozenset({"public-good", "github"})
"""The roots that come with the program, and with the first root metadata of their repositories."""

Site = tuple[str, Path | None]
"""A repository's address, and its first root metadata where that is not a built-in's."""


def tuf_sites(text: str, known: AbstractSet[str], read: Callable[[str, str], Path]) -> Mapping[str, Site]:
    """Read lines (or `;`-separated parts) `name=URL FILE`, for a built-in root also `name=URL`.

    `known` are the roots that have a file of the operator's; `read` checks a file for a variable.
    """
    found: dict[str, Site] = {}
    for number, part in enumerate((one for one in re.split(r"[;\n]", text) if one.strip()), start=1):
        written, _, rest = part.strip().partition("=")
        name, (url, _, file) = written.strip(), rest.strip().partition(" ")
        if not _secure(url):
            raise SettingsError(_VARIABLE, f"entry {number} is no NAME=URL FILE; the address begins with https://.")
        if name in found:
            raise SettingsError(_VARIABLE, f"{name} stands there twice; keep one.")
        if name not in known | _BUILT_IN:
            where = "ASSAY_TRUSTED_ROOT" if name == "default" else "ASSAY_TRUSTED_ROOTS"
            raise SettingsError(_VARIABLE, f"{name} has no file in {where}; give the root to begin with there.")
        if not file.strip() and name not in _BUILT_IN:
            raise SettingsError(_VARIABLE, f"no file for {name}; give its repository's first root.json after the URL.")
        found[name] = (url, read(_VARIABLE, file.strip()) if file.strip() else None)
    return found


def _secure(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # reading it is what checks it
    except ValueError:
        return False
    local = parts.scheme == "http" and parts.hostname in _LOOPBACK
    extra = parts.username is not None or parts.query or parts.fragment
    return bool((parts.scheme == "https" or local) and parts.hostname and not extra)
