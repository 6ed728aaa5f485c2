"""Merge records as files of a folder: `<repository id>/<sequence>.json`, each written once."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.adapters.dsse_key import MAX_ENVELOPE
from app.core.errors import Unavailable
from app.core.merge_record import Copied, Entry, Occupied
from app.core.pull_request import PullRequestRef

MAX_RECORDS = 1_000_000


@dataclass(frozen=True, slots=True)
class RecordFolder:
    """A folder that belongs to Assay; what else may write there is the operator's to say."""

    path: Path

    def put(self, ref: PullRequestRef, entry: Entry, before: Entry | None) -> Copied:
        """Add a record; it is on disk when this returns.

        One that is there already is left. Raises `Unavailable`, and `Occupied` where another stands in its place.
        """
        folder = self.path / str(ref.repository_id)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            follows = before is None or (folder / _name(before)).exists()
            if (folder / _name(entry)).exists():
                self._same(folder / _name(entry), entry)
            else:
                _write(folder, entry)
        except OSError as error:
            raise Unavailable(f"The record could not be written to {folder} ({error.strerror}).") from error
        return Copied(follows)

    def _same(self, file: Path, entry: Entry) -> None:
        if file.read_bytes() != entry.envelope:
            raise Occupied(f"{file} is not the record that belongs there.")


def _name(entry: Entry) -> str:
    return f"{entry.sequence:08d}.json"


def _write(folder: Path, entry: Entry) -> None:
    # A name of its own: two workers may write the same record at once.
    part = folder / f".{entry.sequence:08d}.{secrets.token_hex(8)}.part"
    try:
        with part.open("xb") as written:
            written.write(entry.envelope)
            written.flush()
            os.fsync(written.fileno())
        part.rename(folder / _name(entry))
    finally:
        part.unlink(missing_ok=True)
    _sync(folder)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_folder(path: Path, most: int = MAX_RECORDS) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each record below a folder, in the order of repository and sequence; one is held.

    Files of other names are none; one that is too large is given cut off, and so proves nothing. Raises `Unavailable`,
    also for a folder of which only a part could be told.
    """
    try:
        files = sorted(one for one in _below(path) if one.suffix == ".json" and one.stem.isdigit() and one.is_file())
        if len(files) > most:
            raise Unavailable(f"{path} holds more than {most} records.", permanent=True)
        for one in files:
            yield one.relative_to(path).as_posix(), _bounded(one)
    except OSError as error:
        raise Unavailable(f"{path} cannot be read ({error.strerror}).", permanent=True) from error


def _below(path: Path) -> Iterator[Path]:
    """Yield every file below a folder; raises `OSError` for one that cannot be read, whose records would be missed."""

    def stop(error: OSError) -> None:
        if error.filename != str(path) or not isinstance(error, FileNotFoundError):
            raise error

    for folder, _, names in os.walk(path, onerror=stop):
        yield from (Path(folder, name) for name in names)


def _bounded(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(MAX_ENVELOPE + 1)
