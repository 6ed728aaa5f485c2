"""Versions that a claim is limited to: compared only where every ecosystem would compare them alike."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from app.predicates.base import VersionRange, Versions


def holds(written: str, version: str, kind: str = "npm") -> bool | None:
    found = VersionRange.parse(written)
    assert found is not None
    return found.holds(version, kind)


@pytest.mark.parametrize(
    ("written", "inside", "outside"),
    [
        ("vers:npm/*", ["1.0.0", "x"], []),
        ("vers:npm/1.0.0", ["1.0.0"], ["1.0.1"]),
        ("vers:npm/=1.0.0|=2.0.0", ["2.0.0"], ["1.5.0"]),
        ("vers:npm/>=1.0.0|<2.0.0", ["1.0.0", "1.10.0"], ["0.9.9", "2.0.0", "2.0.1"]),
        ("vers:npm/>1.0.0|<=2.0.0", ["1.0.1", "2.0.0"], ["1.0.0", "2.0.1"]),
        ("vers:npm/<2.0.0", ["0.0.1"], ["2.0.0"]),
        ("vers:npm/>2.0.0", ["3.0.0"], ["2.0.0", "1.0.0"]),
        ("vers:npm/>=1.0.0|!=1.1.0|<2.0.0", ["1.2.0"], ["1.1.0"]),
        ("vers:npm/<1.0.0|>=2.0.0|<3.0.0|5.0.0", ["0.1.0", "2.1.0", "5.0.0"], ["1.0.0", "3.0.0", "4.0.0"]),
        ("vers:npm/!=1.0.0", ["1.0.1"], ["1.0.0"]),
        ("vers:npm/!=1.0.0|!=2.0.0", ["1.5.0"], ["2.0.0"]),
        ("vers:npm/1.0.0|!=2.0.0", ["1.0.0"], ["2.0.0", "3.0.0"]),
        ("vers:generic/>=1.0.0|<2.0.0", ["1.0.0"], ["2.0.0"]),
        ("vers:npm/>=01.0.0", ["1.0.0"], ["0.9.0"]),
        ("vers:npm/ >=1.0.0 | <2.0.0 ", ["1.5.0"], ["2.5.0"]),
        ("vers:npm/1.0.0%2Bbuild", ["1.0.0+build"], []),
    ],
)
def test_a_range_holds_what_lies_in_it(written: str, inside: list[str], outside: list[str]) -> None:
    assert [holds(written, one) for one in (*inside, *outside)] == [True] * len(inside) + [False] * len(outside)


@pytest.mark.parametrize(
    ("written", "version"),
    [
        ("vers:npm/<2.0.0", "1.0.0-rc.1"),
        ("vers:npm/<2.0.0-rc.1", "1.0.0"),
        ("vers:npm/<2.0.0", "1.0"),
        ("vers:npm/1.0.0-a", "1.0.0-b"),
        ("vers:deb/<2.0.0", "1.0.0"),
        ("vers:npm/<2.0.0", ""),
        ("vers:npm/<2.0.0", "9" * 19),
    ],
)
def test_what_ecosystems_order_differently_is_not_told(written: str, version: str) -> None:
    assert holds(written, version) is None


NO_RANGES = ("", "npm/1", "vers:npm", "vers:NPM/1", "vers:npm/", "vers:npm/1||2", "vers:npm/*|1", "vers:npm/>=")


@pytest.mark.parametrize("written", [*NO_RANGES, "vers:npm/" + "1|" * 50 + "1"])
def test_what_is_no_range_is_none(written: str) -> None:
    assert VersionRange.parse(written) is None


@pytest.mark.parametrize(("doubtful", "version"), [(True, "1.0.0-rc"), (False, "1.0.0-rc"), (True, ""), (False, "")])
def test_where_it_cannot_be_told_the_careful_answer_stands(*, doubtful: bool, version: str) -> None:
    limit = Versions(frozenset({"9"}), (VersionRange.parse("vers:npm/<2.0.0"), None), doubtful)
    assert limit.hold(version, "npm") is doubtful


def test_one_of_several_is_enough() -> None:
    limit = Versions(frozenset({"9"}), (None, VersionRange.parse("vers:npm/<2.0.0")), doubtful=False)
    assert [limit.hold(version, "npm") for version in ("9", "1.0.0", "3.0.0")] == [True, True, False]


@given(st.text(max_size=40), st.text(max_size=10))
@settings(max_examples=100, deadline=None)
def test_any_text_is_read_or_refused(text: str, version: str) -> None:
    for written in (text, f"vers:npm/{text}"):
        found = VersionRange.parse(written)
        assert found is None or found.holds(version, "npm") in (True, False, None)


@given(st.tuples(*[st.integers(0, 3)] * 3), st.tuples(*[st.integers(0, 3)] * 3), st.tuples(*[st.integers(0, 3)] * 3))
@settings(max_examples=100, deadline=None)
def test_numbers_are_ordered_as_numbers(low: tuple[int, ...], high: tuple[int, ...], version: tuple[int, ...]) -> None:
    texts = [".".join(map(str, one)) for one in (low, high, version)]
    if low < high:
        assert holds(f"vers:npm/>={texts[0]}|<{texts[1]}", texts[2]) is (low <= version < high)
