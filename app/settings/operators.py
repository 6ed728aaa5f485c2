"""Who may see the operator's page."""

from __future__ import annotations

import re

from app.settings.values import SettingsError

_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,98}[a-z0-9])?")


def operators(text: str) -> frozenset[str]:
    """Read logins, separated by commas, in lower case: GitHub compares them so. Raises `SettingsError`."""
    logins = [one.strip().lower() for one in text.split(",") if one.strip()]
    wrong = next((one for one in logins if not _LOGIN.fullmatch(one)), None)
    if wrong is not None:
        raise SettingsError("ASSAY_OPERATORS", f"{wrong!r} is no GitHub login; give logins, separated by commas.")
    return frozenset(logins)
