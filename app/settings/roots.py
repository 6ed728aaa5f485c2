"""The settings about trusted roots: further ones by name, and where fresh ones are kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from app.settings.folders import folder, switched_on
from app.settings.values import SettingsError

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_MOST = 5


def trusted_roots(text: str, read: Callable[[str, str], Path]) -> Mapping[str, Path]:
    """Read lines (or `;`-separated parts) `name=FILE`; `read` checks a file for a variable."""
    variable = "ASSAY_TRUSTED_ROOTS"
    found: dict[str, Path] = {}
    for number, part in enumerate((one for one in re.split(r"[;\n]", text) if one.strip()), start=1):
        written, equals, file = part.strip().partition("=")
        name = written.strip()
        if not equals or not _NAME.fullmatch(name) or not file.strip():
            raise SettingsError(
                variable, f"entry {number} is no NAME=FILE; a name is lower-case letters, digits and dashes."
            )
        if name == "default":
            raise SettingsError(variable, "the default root is set by ASSAY_TRUSTED_ROOT; give another name.")
        if name in found:
            raise SettingsError(variable, f"{name} stands there twice; keep one.")
        found[name] = read(variable, file.strip())
    if len(found) > _MOST:
        raise SettingsError(variable, f"more than {_MOST} roots; keep those that policies name.")
    return found


def tuf_folder(switch: str, given: str, database: str) -> Path | None:
    """Return where refreshed roots are kept, `None` when none are refreshed: beside an SQLite file, else `var/tuf`."""
    return folder(given, "tuf", database) if switched_on("ASSAY_TUF", switch) else None
