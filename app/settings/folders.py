"""Switches, and the folders in which what they turn on is kept."""

from __future__ import annotations

from pathlib import Path

from app.settings.values import SettingsError

_SWITCH = {"on": True, "off": False}


def switched_on(variable: str, text: str) -> bool:
    """Read `on` or `off`."""
    word = text.strip().lower()
    if word not in _SWITCH:
        raise SettingsError(variable, "give on or off.")
    return _SWITCH[word]


def folder(given: str, name: str, database: str) -> Path:
    """Return the folder that is given, else one of this name beside an SQLite file, else in `var`."""
    if given.strip():
        return Path(given.strip())
    beside = Path(database.removeprefix("sqlite:///")).parent if database.startswith("sqlite:///") else Path("var")
    return beside / name
