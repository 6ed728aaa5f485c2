"""Merge groups in the queue: each is work of its own."""

from __future__ import annotations

from app.adapters.work_queue.items import Work, look_prefix, wire, work_of
from app.core.pull_request import PullRequestRef


def group(head: str) -> Work:
    return Work(PullRequestRef(1, 7, "acme", "gitops", 0, "main", head), "merge_group.checks_requested", "guid")


def test_a_group_is_written_down_whole() -> None:
    read = work_of(wire(group("a" * 40)))
    assert (read.ref.is_group, read.ref.base_ref, read.ref.head) == (True, "main", "a" * 40)


def test_a_group_does_not_make_the_look_at_another_needless() -> None:
    assert look_prefix(group("a" * 40).ref) != look_prefix(group("b" * 40).ref)


def test_a_group_is_named_by_its_head() -> None:
    assert str(group("a" * 40).ref) == f"acme/gitops@{'a' * 40}"
