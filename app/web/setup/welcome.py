"""The hour after a registration: the browser that registered goes on without signing in.

The cookie says until when, signed with a key that only who has the App's private key can make; nothing is stored.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final

from app.settings import Secret

COOKIE: Final = "assay_start"
HOUR: Final = timedelta(hours=1)


def welcome(private_key: Secret, registered_at: datetime) -> str:
    """Return the cookie's value for the App that was registered."""
    key = hmac.new(private_key.reveal().encode(), b"assay first hour", hashlib.sha256).digest()
    return hmac.new(key, registered_at.isoformat().encode(), hashlib.sha256).hexdigest()


def is_welcome(given: str | None, private_key: Secret, times: tuple[datetime, datetime]) -> bool:
    """Say whether a cookie is the one of this registration and its hour is not over; `times` are then and now."""
    registered_at, now = times
    fresh = timedelta() <= now - registered_at < HOUR
    known = welcome(private_key, registered_at).encode()
    return fresh and given is not None and hmac.compare_digest(given.encode(errors="replace"), known)
