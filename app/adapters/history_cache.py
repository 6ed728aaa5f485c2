"""What is known of commits, kept in one SQLite file beside nobody's repository.

Every row carries a hash of itself: what was damaged or written otherwise is not there. A file that is no such cache, or
of another release, is begun anew; one that cannot be opened is done without, and `notice` says so.
"""

from __future__ import annotations

import functools
import hashlib
import os
import sqlite3
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

_T = TypeVar("_T")

MAX_ROWS: Final = 400_000
MAX_BYTES: Final = 512 * 1024 * 1024
MAX_TEXT: Final = 16 * 1024 * 1024
_AT_A_TIME: Final = 500
_HASH: Final = 16
_SIGN: Final = 0x41535359
"""What SQLite keeps in the file to say whose it is: ASSY."""


@dataclass(slots=True)
class HistoryCache:
    """The cache in a file, for one `version` of the program; made when it is first used. To be closed."""

    path: Path
    version: str
    notice: str = ""
    _open: sqlite3.Connection | None = None
    _tried: bool = field(default=False)

    def get(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Return the texts that are there and whole."""
        found: dict[str, str] = {}
        for start in range(0, len(keys), _AT_A_TIME):
            some = keys[start : start + _AT_A_TIME]
            found |= self._do(functools.partial(_rows, keys=some)) or {}
        return found

    def keep(self, texts: Mapping[str, str]) -> None:
        """Keep these; over the bounds, the oldest leave."""
        if texts:
            rows = [(key, _value(key, text)) for key, text in texts.items()]
            self._do(lambda opened: _insert(opened, rows))

    def close(self) -> None:
        """Close the file."""
        if self._open is not None:
            self._open.close()
        self._open = None

    def _do(self, what: Callable[[sqlite3.Connection], _T]) -> _T | None:
        """Return what the file answers; `None` when it cannot be used."""
        try:
            opened = self._opened()
            return None if opened is None else what(opened)
        except (sqlite3.Error, OSError, UnicodeError) as error:
            self.notice = f"the cache {self.path} is not used: {error}"
            self.close()
            if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
                self.path.unlink(missing_ok=True)
            return None

    def _opened(self) -> sqlite3.Connection | None:
        if self._open is None and not self._tried:
            self._tried = True
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                self._open = self._begun()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                self.notice = f"the cache {self.path} was damaged, and is begun anew"
                self.path.unlink()
                self._open = self._begun()
        return self._open

    def _begun(self) -> sqlite3.Connection:
        """Open the file; raises `sqlite3.DatabaseError`, also for a database of somebody else's."""
        # Made beforehand, so that nobody else may read it from the first moment on.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        opened = sqlite3.connect(self.path, timeout=1.0, check_same_thread=False)
        try:
            (sign,) = opened.execute("PRAGMA application_id").fetchone()
            (tables,) = opened.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if sign != _SIGN and tables:
                raise sqlite3.OperationalError("it is another database")
            opened.execute("PRAGMA synchronous = OFF")
            with opened:
                opened.execute(f"PRAGMA application_id = {_SIGN}")
                opened.execute("CREATE TABLE IF NOT EXISTS version (version TEXT)")
                opened.execute("CREATE TABLE IF NOT EXISTS found (key TEXT UNIQUE, value BLOB)")
                if opened.execute("SELECT version FROM version").fetchall() != [(self.version,)]:
                    opened.execute("DELETE FROM found")
                    opened.execute("DELETE FROM version")
                    opened.execute("INSERT INTO version VALUES (?)", (self.version,))
        except sqlite3.Error:
            opened.close()
            raise
        return opened


def _insert(opened: sqlite3.Connection, rows: Sequence[tuple[str, bytes]]) -> None:
    with opened:
        opened.executemany("INSERT OR REPLACE INTO found (key, value) VALUES (?, ?)", rows)
        (count,) = opened.execute("SELECT count(*) FROM found").fetchone()
        (pages,) = opened.execute("PRAGMA page_count").fetchone()
        (free,) = opened.execute("PRAGMA freelist_count").fetchone()
        (size,) = opened.execute("PRAGMA page_size").fetchone()
        if count > MAX_ROWS or (pages - free) * size > MAX_BYTES:
            oldest = "SELECT rowid FROM found ORDER BY rowid LIMIT ?"
            opened.execute(f"DELETE FROM found WHERE rowid IN ({oldest})", (count // 4 + 1,))  # noqa: S608 - the above


def _rows(opened: sqlite3.Connection, keys: Sequence[str]) -> dict[str, str]:
    marks = ",".join("?" * len(keys))
    rows = opened.execute(f"SELECT key, value FROM found WHERE key IN ({marks})", keys)  # noqa: S608 - only marks
    return {key: text for key, value in rows if (text := _text(key, value)) is not None}


def _value(key: str, text: str) -> bytes:
    content = text.encode("utf-8")
    return _hash(key, content) + zlib.compress(content, 1)


def _text(key: str, value: object) -> str | None:
    """Return a row's text; `None` when it is not what was written."""
    if not isinstance(value, bytes):
        return None
    try:
        content = zlib.decompressobj().decompress(value[_HASH:], MAX_TEXT)
        return content.decode("utf-8") if _hash(key, content) == value[:_HASH] else None
    except (zlib.error, UnicodeDecodeError):
        return None


def _hash(key: str, content: bytes) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass") + b"\0" + content).digest()[:_HASH]
