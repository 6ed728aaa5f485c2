"""What pages read of the records, on both databases."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.adapters.ledger import DatabaseLedger, prepare_ledger
from app.adapters.ledger.pages import PULL_REQUESTS, LedgerPages
from app.core.errors import Unavailable
from app.core.pull_request import PullRequestRef
from app.core.sweep import RepositoryRef
from app.render import document
from tests.adapters.test_ledger import HEAD, RECORD, RED, REF
from tests.render import samples

BLOCKED = document.text(document.check(samples.blocked()))


@dataclasses.dataclass
class Shelf:
    """The ledger, and what pages read of it."""

    ledger: DatabaseLedger
    pages: LedgerPages

    def add(self, number: int = 3, **changed: object) -> None:
        """Add a record."""
        ref = dataclasses.replace(REF, number=number)
        self.ledger.record(dataclasses.replace(RECORD, **{"ref": ref, **changed}))  # type: ignore[arg-type]  # any part


@pytest.fixture
def shelf(database_url: str) -> Iterator[Shelf]:
    prepare_ledger(database_url)
    opened = Shelf(DatabaseLedger(database_url), LedgerPages(database_url))
    yield opened
    opened.ledger.close()
    opened.pages.close()


def test_a_repository_is_called_as_it_was_last(shelf: Shelf) -> None:
    shelf.add()
    shelf.add(ref=PullRequestRef(2, 7, "umbrella", "deployments", 4))
    assert shelf.pages.repository(7) == RepositoryRef(2, 7, "umbrella", "deployments")


def test_a_repository_that_was_never_judged_is_not_known(shelf: Shelf) -> None:
    assert shelf.pages.repository(8) is None


def test_the_newest_record_of_a_head_is_found(shelf: Shelf) -> None:
    shelf.add(document=BLOCKED)
    shelf.add(statuses=RED)
    shelf.add(head="c" * 40)
    found = shelf.pages.record(7, 3, HEAD)
    assert found is not None
    assert (found.head, found.statuses, found.verdict) == (HEAD, RED, "")


def test_without_a_head_the_newest_of_all_is_found(shelf: Shelf) -> None:
    shelf.add()
    shelf.add(head="c" * 40)
    found = shelf.pages.record(7, 3, None)
    assert found is not None
    assert found.head == "c" * 40


@pytest.mark.parametrize(("repository", "number", "head"), [(8, 3, HEAD), (7, 4, HEAD), (7, 3, "d" * 40)])
def test_what_was_not_recorded_is_not_found(shelf: Shelf, repository: int, number: int, head: str) -> None:
    shelf.add()
    assert shelf.pages.record(repository, number, head) is None


def test_the_verdict_is_read_without_the_document(shelf: Shelf) -> None:
    shelf.add(document=BLOCKED)
    found = shelf.pages.record(7, 3, HEAD)
    assert found is not None
    assert (found.verdict, found.effective, found.size) == ("BLOCKED", "BLOCKED", len(BLOCKED))


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"x": "\\"schema\\": \\"assay.check/v1\\", \\"verdict\\": \\"OK\\""}', '{"schema": "assay.check/v0"}'],
)
def test_a_document_that_begins_otherwise_has_no_verdict(shelf: Shelf, text: str) -> None:
    shelf.add(document=text)
    found = shelf.pages.record(7, 3, HEAD)
    assert found is not None
    assert found.verdict == ""


def test_the_newest_of_each_pull_request_comes_judged_last_first(shelf: Shelf) -> None:
    for day, number in enumerate((3, 4, 3, 5)):
        shelf.add(number, assessed_at=RECORD.assessed_at + timedelta(days=day))
    assert [one.number for one in shelf.pages.newest(7)] == [5, 3, 4]


def test_a_later_look_that_found_the_same_is_known(shelf: Shelf) -> None:
    later = RECORD.assessed_at + timedelta(days=1)
    shelf.add()
    shelf.add(assessed_at=later)
    found = shelf.pages.record(7, 3, HEAD)
    assert found is not None
    assert (found.assessed_at, found.looked_at) == (RECORD.assessed_at, later)


def test_merge_groups_are_no_pull_requests(shelf: Shelf) -> None:
    shelf.add(0)
    assert shelf.pages.newest(7) == ()


def test_no_more_pull_requests_come_than_a_page_shows(shelf: Shelf) -> None:
    for number in range(1, PULL_REQUESTS + 3):
        shelf.add(number)
    assert len(shelf.pages.newest(7)) == PULL_REQUESTS


def test_documents_come_with_their_record_unless_they_are_too_large(shelf: Shelf) -> None:
    shelf.add(document="small")
    shelf.add(document="x" * 100)
    small, large = (shelf.pages.newest(7)[0].id - 1, shelf.pages.newest(7)[0].id)
    assert shelf.pages.documents((small, large), 99) == ((small, "small"),)


def test_no_documents_are_wished_for(shelf: Shelf) -> None:
    assert shelf.pages.documents((), 99) == ()


def test_the_newest_document_of_all_comes_with_its_time(shelf: Shelf) -> None:
    shelf.add(document="old")
    later = RECORD.assessed_at + timedelta(days=1)
    shelf.add(document="new", assessed_at=later)
    assert shelf.pages.last_document(99) == (later, "new")


@pytest.mark.parametrize(
    ("start", "size", "piece"), [(0, 3, "\u00e4bc"), (3, 3, "d\U0001f600f"), (6, 3, ""), (5, 9, "f")]
)
def test_a_document_is_read_in_pieces(shelf: Shelf, start: int, size: int, piece: str) -> None:
    shelf.add(document="\u00e4bcd\U0001f600f")
    assert shelf.pages.piece(shelf.pages.newest(7)[0].id, start, size) == piece


def test_of_a_record_that_is_gone_there_are_no_pieces(shelf: Shelf) -> None:
    assert shelf.pages.piece(99, 0, 3) == ""


def test_without_records_there_is_no_newest_document(shelf: Shelf) -> None:
    assert shelf.pages.last_document(99) is None


def test_the_database_is_named(shelf: Shelf) -> None:
    assert shelf.pages.version().split()[0] in {"SQLite", "PostgreSQL"}


def test_a_database_that_is_gone_is_unavailable(tmp_path: Path) -> None:
    pages = LedgerPages(f"sqlite:///{tmp_path / 'nothing' / 'here.db'}")
    for ask in (lambda: pages.repository(7), pages.version):
        with pytest.raises(Unavailable):
            ask()
    pages.close()
