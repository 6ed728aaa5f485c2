"""Files that settings name: read whole, small, and with an error that names the setting."""

from __future__ import annotations

from pathlib import Path

from app.settings.values import SettingsError

FILE_LIMIT = 65_536


def named_file(variable: str, text: str) -> Path:
    """Return the path of a file that can be read; raises `SettingsError`."""
    file_text(variable, text, limit=None)
    return Path(text)


def file_text(variable: str, text: str, limit: int | None = FILE_LIMIT) -> str:
    """Return what a file holds, or its first character when there is no limit; raises `SettingsError`."""
    try:
        with Path(text).open(encoding="utf-8") as file:
            content = file.read(1 if limit is None else limit + 1)
    except (OSError, UnicodeDecodeError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise SettingsError(variable, f"the file {text!r} cannot be read ({why}); correct path or rights.") from error
    if limit is not None and len(content) > limit:
        raise SettingsError(variable, f"the file {text!r} is larger than {limit} bytes; name the right file.")
    return content
