"""What is kept in the database: the ledger, and the work that waits."""

from __future__ import annotations

from pathlib import Path

from app.adapters.ledger import prepare_ledger
from app.adapters.pacing import prepare_budget
from app.adapters.work_queue import WorkInbox, prepare
from app.adapters.work_queue.entrance import Entrance
from app.settings import Settings


def make_tables(settings: Settings) -> None:
    """Create or migrate every table; run before web and worker start."""
    url = settings.database_url.reveal()
    make_ledger(settings)
    prepare(url)


def make_ledger(settings: Settings) -> None:
    """Create or migrate the ledger's tables, and the folder of an SQLite file."""
    url = settings.database_url.reveal()
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    prepare_ledger(url)
    prepare_budget(url)


def inbox(settings: Settings) -> WorkInbox:
    """Open the side of the queue that the web puts work in."""
    entrance = None if settings.write_limits is None else Entrance()
    return WorkInbox(settings.database_url.reveal(), entrance=entrance)
