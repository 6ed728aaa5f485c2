"""What is known of commits, kept in one SQLite file beside nobody's repository.

What is kept together lies together, in one row: texts of neighbours are alike, so they take less room so, and whoever
asks for many reads few rows. Every row carries a hash of itself: what was damaged or written otherwise is not there. A
cache that is damaged, or of another release, is begun anew; a file that is none, or cannot be opened, is done without,
and `notice` says so.
"""

from __future__ import annotations

import functools
import hashlib
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

_T = TypeVar("_T")

MAX_ROWS: Final = 400_000
MAX_BYTES: Final = 512 * 1024 * 1024
MAX_TEXT: Final = 32 * 1024 * 1024
_AT_A_TIME: Final = 500
_TOGETHER: Final = 1024 * 1024
_BETWEEN: Final = "\0"
_HASH: Final = 16
_SIGN: Final = 0x41535359
"""What SQLite keeps in the file to say whose it is: ASSY."""

_MAGIC: Final = b"SQLite format 3\0"
_AT: Final = 68
_HEAD: Final = 100


@dataclass(slots=True)
class HistoryCache:
    """The cache in a file, for one `version` of the program; made when it is first used. To be closed."""

    path: Path
    version: str
    notice: str = ""
    _open: sqlite3.Connection | None = None
    _tried: bool = field(default=False)
    _last: tuple[int, Mapping[str, str]] = (0, {})

    def get(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Return the texts that are there and whole."""
        found: dict[str, str] = {}
        for start in range(0, len(keys), _AT_A_TIME):
            some = keys[start : start + _AT_A_TIME]
            for row, there in (self._do(functools.partial(_rows_of, keys=some)) or {}).items():
                texts = self._texts(row)
                found |= {key: texts[key] for key in there if key in texts}
        return found

    def keep(self, texts: Mapping[str, str]) -> None:
        """Keep these; over the bounds, the oldest leave."""
        for some in _together(texts):
            self._do(functools.partial(_insert, texts=some))

    def close(self) -> None:
        """Close the file."""
        if self._open is not None:
            self._open.close()
        self._open = None

    def _texts(self, row: int) -> Mapping[str, str]:
        """Return the texts of a row; whoever asks for the next ones asks for the same row again."""
        if self._last[0] != row:
            self._last = (row, self._do(lambda opened: _read(opened, row)) or {})
        return self._last[1]

    def _do(self, what: Callable[[sqlite3.Connection], _T]) -> _T | None:
        """Return what the file answers; `None` when it cannot be used."""
        try:
            opened = self._opened()
            return None if opened is None else what(opened)
        except (sqlite3.Error, OSError, UnicodeError) as error:
            self.notice = f"the cache {self.path} is not used: {error}"
            self.close()
            if not isinstance(error, OSError | sqlite3.OperationalError) and self._is_ours():
                self.path.unlink(missing_ok=True)
            return None

    def _opened(self) -> sqlite3.Connection | None:
        if self._open is None and not self._tried:
            self._tried = True
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                self._open = self._begun()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError) or not self._is_ours():
                    raise
                self.notice = f"the cache {self.path} was damaged, and is begun anew"
                self.path.unlink()
                self._open = self._begun()
        return self._open

    def _is_ours(self) -> bool:
        """Say whether the file begins as a cache does: what somebody named by mistake is never deleted."""
        try:
            with self.path.open("rb") as opened:
                head = opened.read(_HEAD)
        except OSError:
            return False
        return head.startswith(_MAGIC) and head[_AT : _AT + 4] == _SIGN.to_bytes(4, "big")

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
                if opened.execute("SELECT version FROM version").fetchall() != [(self.version,)]:
                    # What another release kept; `found` is what the first one called its table.
                    for table in ("found", "places", "texts"):
                        opened.execute(f"DROP TABLE IF EXISTS {table}")
                    opened.execute("CREATE TABLE places (key TEXT UNIQUE, texts INTEGER)")
                    opened.execute("CREATE TABLE texts (id INTEGER PRIMARY KEY, value BLOB)")
                    opened.execute("DELETE FROM version")
                    opened.execute("INSERT INTO version VALUES (?)", (self.version,))
        except sqlite3.Error:
            opened.close()
            raise
        return opened


def _together(texts: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Cut in rows that are read at once; a text that could not be read again is not kept."""
    some: dict[str, str] = {}
    size = 0
    for key, text in texts.items():
        length = len(text) if text.isascii() else 4 * len(text)
        if _BETWEEN in text or _BETWEEN in key or length > MAX_TEXT - 2 * _TOGETHER:
            continue
        if size > _TOGETHER:
            yield some
            some, size = {}, 0
        some[key] = text
        size += length
    if some:
        yield some


def _insert(opened: sqlite3.Connection, texts: Mapping[str, str]) -> None:
    with opened:
        row = opened.execute("INSERT INTO texts (value) VALUES (?)", (_value(texts),)).lastrowid
        opened.executemany("INSERT OR REPLACE INTO places (key, texts) VALUES (?, ?)", [(key, row) for key in texts])
        # As many as there are at most, for to count them is to read them all.
        (count,) = opened.execute("SELECT (SELECT max(rowid) FROM places) - (SELECT min(rowid) FROM places)").fetchone()
        (pages,) = opened.execute("PRAGMA page_count").fetchone()
        (free,) = opened.execute("PRAGMA freelist_count").fetchone()
        (size,) = opened.execute("PRAGMA page_size").fetchone()
        if count > MAX_ROWS or (pages - free) * size > MAX_BYTES:
            first, last = opened.execute("SELECT min(id), max(id) FROM texts").fetchone()
            oldest = (first + (last - first) // 4,)
            opened.execute("DELETE FROM texts WHERE id <= ?", oldest)
            opened.execute("DELETE FROM places WHERE texts <= ?", oldest)


def _rows_of(opened: sqlite3.Connection, keys: Sequence[str]) -> dict[int, list[str]]:
    """Return which of these keys are in which row, in the order in which they were kept."""
    marks = ",".join("?" * len(keys))
    asked = f"SELECT texts, key FROM places WHERE key IN ({marks}) ORDER BY texts"  # noqa: S608 - only marks
    rows: dict[int, list[str]] = {}
    for row, key in opened.execute(asked, keys):
        rows.setdefault(row, []).append(key)
    return rows


def _read(opened: sqlite3.Connection, row: int) -> dict[str, str]:
    """Return the texts of a row; none when they are not what was written."""
    (value,) = opened.execute("SELECT value FROM texts WHERE id = ?", (row,)).fetchone() or (None,)
    if not isinstance(value, bytes):
        return {}
    try:
        content = zlib.decompressobj().decompress(value[_HASH:], MAX_TEXT)
        if _hash(content) != value[:_HASH]:
            return {}
        parts = content.decode("utf-8").split(_BETWEEN)
        return dict(zip(parts[::2], parts[1::2], strict=True))
    except (zlib.error, ValueError):
        return {}


def _value(texts: Mapping[str, str]) -> bytes:
    content = _BETWEEN.join(part for both in texts.items() for part in both).encode("utf-8")
    return _hash(content) + zlib.compress(content, 1)


def _hash(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()[:_HASH]
