"""The chain of merge records in a real database of either kind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from app.adapters.ledger import DatabaseChain, prepare_ledger
from app.core.merge_record import Entry, Link
from app.core.pull_request import PullRequestRef


def ref(number: int, repository_id: int = 7) -> PullRequestRef:
    return PullRequestRef(1, repository_id, "acme", "gitops", number)


@pytest.fixture
def chain(database_url: str) -> Iterator[DatabaseChain]:
    prepare_ledger(database_url)
    opened = DatabaseChain(database_url)
    yield opened
    opened.close()


def add(chain: DatabaseChain, number: int, repository_id: int = 7) -> Entry:
    where = ref(number, repository_id)
    link = chain.next_link(where)
    assert link is not None
    assert chain.append(where, link, b"record %d\n" % number)
    return Entry(repository_id, number, link.sequence, b"record %d\n" % number)


def test_the_first_record_is_number_one_after_none(chain: DatabaseChain) -> None:
    assert chain.next_link(ref(3)) == Link(1)


def test_each_record_names_the_one_before(chain: DatabaseChain) -> None:
    first = add(chain, 3)
    assert chain.next_link(ref(4)) == Link(2, first.digest)


def test_a_pull_request_has_one_record(chain: DatabaseChain) -> None:
    add(chain, 3)
    assert chain.next_link(ref(3)) is None


def test_each_repository_has_its_own_chain(chain: DatabaseChain) -> None:
    add(chain, 3)
    assert chain.next_link(ref(3, 8)) == Link(1)


def test_a_place_that_was_taken_meanwhile_is_not_taken_twice(chain: DatabaseChain) -> None:
    link = chain.next_link(ref(3))
    assert link is not None
    add(chain, 4)
    assert chain.append(ref(3), link, b"late") is False
    assert [entry.envelope for entry in chain.all()] == [b"record 4\n"]


def test_a_second_record_of_a_pull_request_is_not_taken(chain: DatabaseChain) -> None:
    add(chain, 3)
    assert chain.append(ref(3), Link(2), b"again") is False


def test_many_that_write_at_once_leave_one_whole_chain(chain: DatabaseChain) -> None:
    def write(number: int) -> None:
        while (link := chain.next_link(ref(number))) is not None:
            chain.append(ref(number), link, b"record %d" % number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(1, 13)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = list(chain.all())
    assert [entry.sequence for entry in entries] == list(range(1, 13))
    assert sorted(entry.number for entry in entries) == list(range(1, 13))


def test_what_was_not_copied_is_given_in_order(chain: DatabaseChain) -> None:
    first, second = add(chain, 3), add(chain, 4)
    add(chain, 5, 8)
    assert chain.uncopied(7) == (first, second)
    chain.copied(first)
    assert chain.uncopied(7) == (second,)


def test_the_record_before_another_is_the_one_of_its_repository(chain: DatabaseChain) -> None:
    first, second = add(chain, 3), add(chain, 4)
    add(chain, 3, 8)
    assert (chain.before(second), chain.before(first)) == (first, None)


def test_the_records_before_one_are_copied_again(chain: DatabaseChain) -> None:
    entries = [*(add(chain, number) for number in (3, 4, 5)), add(chain, 3, 8)]
    for entry in entries:
        chain.copied(entry)
    assert chain.uncopied_count() == 0
    chain.copy_again(entries[2])
    assert (chain.uncopied(7), chain.uncopied(8), chain.uncopied_count()) == (tuple(entries[:2]), (), 2)


def test_all_are_given_repository_by_repository(chain: DatabaseChain) -> None:
    for number in range(1, 103):
        add(chain, number, 9)
    add(chain, 1, 7)
    assert [(entry.repository_id, entry.sequence) for entry in chain.all()] == [
        (7, 1),
        *((9, number) for number in range(1, 103)),
    ]
