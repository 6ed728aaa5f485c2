"""The records of merges: the operator's key, the chain in the database, and where copies go."""

from __future__ import annotations

from pathlib import Path

from app.adapters.dsse_key import SigningKey
from app.adapters.github import GitHubForge
from app.adapters.ledger import DatabaseChain, DatabaseLedger
from app.adapters.record_folder import RecordFolder
from app.bootstrap.clock import now
from app.core.errors import Unavailable
from app.jobs.merges import Copies, MergeJob
from app.settings import Settings


def merge_job(settings: Settings, forge: GitHubForge, records: DatabaseLedger, chain: DatabaseChain) -> MergeJob | None:
    """Wire the recording of merges; `None` without a key of the operator's. Raises `Unavailable` for a wrong one."""
    if settings.ledger_key_file is None:
        return None
    key = SigningKey(_read(settings.ledger_key_file))
    return MergeJob(forge.merges(), records, chain, key.sign, now, _copies(settings, forge))


def _copies(settings: Settings, forge: GitHubForge) -> Copies | None:
    match settings.ledger_copy:
        case ("folder", name):
            return RecordFolder(Path(name))
        case ("branch", name):
            return forge.evidence_branch(name)
        case ("notes", name):
            return forge.notes(name)
        case _:
            return None


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        sentence = f"ASSAY_LEDGER_KEY_FILE: {file} cannot be read ({error.strerror})."
        raise Unavailable(sentence, permanent=True) from error
