"""How long records are kept."""

from __future__ import annotations

from app.settings.values import SettingsError

_LONGEST = 36_500


def keep_days(variable: str, text: str) -> int:
    """Read for how many days old records are kept whole; 0 is for ever."""
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= _LONGEST):
        raise SettingsError(variable, f"{text[:20]!r} is no number of days; give 0 (for ever) to {_LONGEST}.")
    return int(text)
