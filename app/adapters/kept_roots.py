"""The last good trusted root of each TUF repository, on disk: read at every start, without a request."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from app.core.errors import Error

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_KEPT = "last_good.json"


@dataclass(frozen=True, slots=True)
class TufSource:
    """A TUF repository that holds a `trusted_root.json`; `bootstrap` is root metadata that is trusted already."""

    name: str
    url: str
    bootstrap: bytes

    def __post_init__(self) -> None:
        """Refuse a name that could be another path (attack AT-031), and an address that anybody can change."""
        parts = urlsplit(self.url)
        secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        if not _NAME.fullmatch(self.name) or not secure:
            raise ValueError(self.name)


@dataclass(frozen=True, slots=True)
class KeptRoot:
    """The last good root of a source: `version` is that of the TUF root metadata which led to it."""

    content: bytes
    version: int
    refreshed_at: datetime


class KeptRoots:
    """Keeps roots in a folder, one for each source; `check` raises `core.errors.Error` for one that cannot be used."""

    def __init__(self, folder: Path, check: Callable[[bytes], object]) -> None:
        self._folder = folder
        self._check = check

    def place(self, source: TufSource) -> Path:
        """Return the source's own folder: another address under a name inherits nothing from the one before."""
        address = hashlib.sha256(source.url.rstrip("/").encode()).hexdigest()[:16]
        return self._folder / f"{source.name}-{address}"

    def last_good(self, source: TufSource) -> KeptRoot | None:
        """Return what was kept, without any request; `None` when there is nothing that can be used."""
        try:
            kept = json.loads((self.place(source) / _KEPT).read_bytes())
            root = KeptRoot(
                base64.b64decode(kept["trusted_root"], validate=True),
                int(kept["version"]),
                datetime.fromisoformat(kept["refreshed_at"]).astimezone(UTC),
            )
            self._check(root.content)
        except (OSError, ValueError, KeyError, TypeError, RecursionError, binascii.Error, Error):
            return None
        return root

    def keep(self, source: TufSource, root: KeptRoot) -> None:
        """Replace the last good root at once, if it can be used: a reader sees the old or the new one, never a part.

        Raises `core.errors.Error` for one that cannot, and `OSError`.
        """
        self._check(root.content)
        kept = {
            "version": root.version,
            "refreshed_at": root.refreshed_at.isoformat(),
            "trusted_root": base64.b64encode(root.content).decode(),
        }
        written = self.place(source) / "last_good.new"
        written.write_text(json.dumps(kept), encoding="utf-8")
        written.replace(self.place(source) / _KEPT)
