"""Walk through GitHub's JSON without trusting it: what is missing or of another type is `None`, never an exception."""

from __future__ import annotations

from datetime import UTC, datetime

from app.core.errors import Unavailable

_LACKS = "GitHub's answer lacks what it should hold"


def dig(value: object, *path: str) -> object:
    """Return what stands at `path`, `None` when any part of the way is missing."""
    for step in path:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def words(value: object, *path: str) -> str | None:
    """Return the string at `path`, `None` when there is none."""
    found = dig(value, *path)
    return found if isinstance(found, str) else None


def whole(value: object, *path: str) -> int | None:
    """Return the integer at `path`; GraphQL's 64-bit integers come as strings of digits."""
    found = dig(value, *path)
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < len(str(2**64)):
        return int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def flag(value: object, *path: str) -> bool | None:
    """Return the truth value at `path`, `None` when there is none."""
    found = dig(value, *path)
    return found if isinstance(found, bool) else None


def moment(value: object, *path: str) -> datetime | None:
    """Return the time at `path`, `None` when there is none."""
    try:
        found = datetime.fromisoformat(words(value, *path) or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def rows(value: object, *path: str) -> tuple[object, ...]:
    """Return the list at `path` without its nulls; empty when there is none."""
    found = dig(value, *path)
    return tuple(row for row in found if row is not None) if isinstance(found, list) else ()


def needed_words(value: object, *path: str) -> str:
    """Return the string at `path`; raises `Unavailable` when it is missing."""
    found = words(value, *path)
    if found is None:
        raise Unavailable(f"{_LACKS}: {'.'.join(path)}.")
    return found


def needed_whole(value: object, *path: str) -> int:
    """Return the integer at `path`; raises `Unavailable` when it is missing."""
    found = whole(value, *path)
    if found is None:
        raise Unavailable(f"{_LACKS}: {'.'.join(path)}.")
    return found
