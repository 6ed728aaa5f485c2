"""Where merge records are read from: the database, a folder, a branch of a local repository."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from app.adapters.dsse_key import ProvingKeys
from app.adapters.git_clone import GitClone
from app.adapters.git_history import GitHistory
from app.adapters.ledger import DatabaseChain
from app.adapters.ledger.verdicts import VerdictLog
from app.adapters.record_folder import read_folder
from app.core.errors import Unavailable
from app.jobs.ledger_check import LedgerCheck, check_against, check_ledger
from app.settings import Settings

Named = tuple[str, bytes]
_AT_A_TIME = 100


def of_database(settings: Settings) -> Iterator[Named]:
    """Yield the records of the database, repository by repository."""
    with closing(DatabaseChain(settings.database_url.reveal())) as chain:
        for entry in chain.all():
            yield f"{entry.repository_id}/{entry.sequence:08d}", entry.envelope


def verdicts(settings: Settings) -> Iterator[Mapping[str, object]]:
    """Yield every verdict that the database holds, oldest first."""
    with closing(VerdictLog(settings.database_url.reveal())) as log:
        yield from log.all()


def of_folder(folder: str) -> Iterator[Named]:
    """Yield the records of a folder."""
    yield from read_folder(Path(folder))


def of_branch(repository: str, branch: str) -> Iterator[Named]:
    """Yield the records of a branch in their order; what cannot be read is given empty, and so proves nothing."""
    clone = GitClone(repository)
    commit = clone.resolve(branch)
    listed = clone.list(commit, "records")
    paths = sorted(path for path in listed.paths if Path(path).suffix == ".json" and Path(path).stem.isdigit())
    if not listed.whole:
        raise Unavailable(f"{branch} holds more files than are read.", permanent=True)
    for start in range(0, len(paths), _AT_A_TIME):
        some = paths[start : start + _AT_A_TIME]
        found = clone.read(commit, some)
        for path in some:
            text = found[path].text if path in found else None
            yield path, (text or "").encode()


def checked(records: Iterable[Named], keys: Iterable[str], branch: tuple[str, str] | None) -> LedgerCheck:
    """Check records with the keys of these files and, where repository and branch are given, against that."""
    proving = ProvingKeys.of(_read(Path(file)) for file in keys)
    found = check_ledger(records, proving.prove)
    if branch is None:
        return found
    folder, name = branch
    with closing(GitHistory(folder)) as history:
        return check_against(found, history, GitClone(folder), name)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Unavailable(f"{file} cannot be read ({error.strerror}).", permanent=True) from error
