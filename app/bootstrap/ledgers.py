"""Where merge records are read from: the database, a folder, a branch of a local repository."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from app.adapters.dsse_key import ProvingKeys
from app.adapters.git_clone import GitClone
from app.adapters.git_history import GitHistory
from app.adapters.git_records import GitRecords
from app.adapters.ledger import DatabaseChain
from app.adapters.ledger.verdicts import VerdictLog
from app.adapters.record_folder import read_folder
from app.core.errors import Unavailable
from app.core.merge_record import Kept
from app.core.merge_record.notes import notes_ref
from app.jobs.ledger_check import LedgerCheck, check_against, check_ledger
from app.settings import Settings

_FILE: Final = "sqlite:///"


def of_database(settings: Settings) -> Iterator[Kept]:
    """Yield the records of the database, repository by repository."""
    with closing(DatabaseChain(_there(settings))) as chain:
        for entry in chain.all():
            yield f"{entry.repository_id}/{entry.sequence:08d}", entry.envelope


def verdicts(settings: Settings) -> Iterator[Mapping[str, object]]:
    """Yield every verdict that the database holds, oldest first."""
    with closing(VerdictLog(_there(settings))) as log:
        yield from log.all()


def of_folder(folder: str) -> Iterator[Kept]:
    """Yield the records of a folder."""
    yield from read_folder(Path(folder))


def of_branch(repository: str, branch: str) -> Iterator[Kept]:
    """Yield the records of a branch in their order; of what cannot be read, why."""
    yield from GitRecords(repository).of_branch(branch)


def of_notes(repository: str, name: str) -> Iterator[Kept]:
    """Yield the records of notes, by the name that git would take: `assay` is `refs/notes/assay`."""
    ref = notes_ref(name)
    if ref is None:
        raise Unavailable(f"{name!r} is no name of notes: write assay, or refs/notes/assay", permanent=True)
    yield from GitRecords(repository).of_notes(ref)


def checked(records: Iterable[Kept], keys: Iterable[str], branch: tuple[str, str] | None) -> LedgerCheck:
    """Check records with the keys of these files and, where repository and branch are given, against that."""
    proving = ProvingKeys.of(_read(Path(file)) for file in keys)
    found = check_ledger(records, proving.prove)
    if branch is None:
        return found
    folder, name = branch
    with closing(GitHistory(folder)) as history:
        return check_against(found, history, GitClone(folder), name)


def _there(settings: Settings) -> str:
    """Return the database's URL; whoever has no database is told what to give instead, and no file is made."""
    url = settings.database_url.reveal()
    file = Path(url.removeprefix(_FILE))
    if url.startswith(_FILE) and not file.is_file():
        sentence = f"there is no database file {file}: set ASSAY_DATABASE_URL, or give --folder, --branch or --notes"
        raise Unavailable(sentence, permanent=True)
    return url


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Unavailable(f"{file} cannot be read ({error.strerror}).", permanent=True) from error
