"""The order of versions: what the module's own text says, and that it is an order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.versions import Order, compare, parse

FORWARD = (
    ("1.2.3", "1.2.4"),
    ("v1.2.3", "1.3.0"),
    ("1.9", "1.10"),
    ("1.27.5", "1.28"),
    ("1.2.3.4", "1.2.3.5"),
    ("7", "8"),
    ("1.0.0-alpha", "1.0.0-alpha.1"),
    ("1.0.0-alpha.1", "1.0.0-alpha.beta"),
    ("1.0.0-beta.2", "1.0.0-beta.11"),
    ("1.0.0-rc.1", "1.0.0"),
    ("1.0.0-rc2", "1.0.0-RC10"),
    ("1.27-alpine3.20", "1.28-bookworm"),
    ("20240115", "20240116"),
    ("2024-01-15", "2024.02.01"),
    ("20240115-1", "20240115-2"),
    ("20240115T103000", "20240116T090000"),
    ("2024-01-15-abc", "2024-01-16-def"),
)
NOT_COMPARED = (
    ("latest", "1.0"),
    ("1.0", "stable"),
    ("1.27", "1.27.3"),
    ("1.27-alpine3.20", "1.27-alpine3.21"),
    ("1.0.0-rc.1", "1.0.0-alpine"),
    ("20240115", "1.2.3"),
    ("2024-01-15-abc", "2024-01-15-def"),
    ("20240115", "20240115-1"),
    ("1234567", "7654321"),
    ("main-3f2a91c", "main-91c3f2a"),
    ("1.2.3.4.5", "1.2.3.4.4"),
)


@pytest.mark.parametrize(("old", "new"), FORWARD)
def test_a_later_version_goes_forward_and_its_reverse_goes_back(old: str, new: str) -> None:
    assert (compare(old, new), compare(new, old)) == (Order.FORWARD, Order.BACK)


@pytest.mark.parametrize(("old", "new"), NOT_COMPARED)
def test_what_has_no_order_is_not_compared(old: str, new: str) -> None:
    assert (compare(old, new), compare(new, old)) == (None, None)


@pytest.mark.parametrize(("old", "new"), [("latest", "latest"), ("v1.2", "1.2"), ("1.0-rc1", "1.0-RC1")])
def test_the_same_version_written_otherwise_is_the_same(old: str, new: str) -> None:
    assert compare(old, new) is Order.SAME


def test_seven_digits_are_no_version_for_a_short_commit_may_look_so() -> None:
    assert parse("1234567") is None


NUMBERS = st.lists(st.integers(0, 3), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
BEHIND = st.sampled_from(["", "", "-rc.1", "-rc2", "-rc10", "-alpha", "-alpha.b.3", "-alpine", "-alpine3", "_1"])
TAGS = st.one_of(
    st.tuples(NUMBERS, BEHIND).map("".join),
    st.sampled_from(["20240115", "2024-01-15-2", "2024-02-01", "20240115-x", "latest", "main-1"]),
)
REVERSED = {Order.FORWARD: Order.BACK, Order.BACK: Order.FORWARD, Order.SAME: Order.SAME, None: None}


@settings(max_examples=200, deadline=None)
@given(TAGS, TAGS)
def test_the_reverse_of_a_comparison_is_the_comparison_of_the_reverse(old: str, new: str) -> None:
    assert compare(new, old) is REVERSED[compare(old, new)]


@settings(max_examples=200, deadline=None)
@given(TAGS, TAGS, TAGS)
def test_forward_twice_is_forward(first: str, second: str, third: str) -> None:
    if compare(first, second) is Order.FORWARD and compare(second, third) is Order.FORWARD:
        assert compare(first, third) is Order.FORWARD


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=128), st.text(max_size=128))
def test_no_text_breaks_it(old: str, new: str) -> None:
    assert compare(old, new) in (*Order, None)
