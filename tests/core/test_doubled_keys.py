"""A key that stands twice: refused, or kept for those who ask for every reading."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Unreadable
from app.core.yaml import Mapping, Node, content, doublings, read, readings


def document(text: str) -> Node:
    (found,) = read(text, doubles=True)
    return found


def values(text: str) -> list[str]:
    return [content(one) for one in readings(document(text))]


def test_at_124_a_reader_that_does_not_ask_gets_no_document() -> None:
    with pytest.raises(Unreadable, match="ambiguous: key a twice"):
        read("a: 1\na: 2")


def test_a_document_without_doubled_keys_is_its_only_reading() -> None:
    found = document("a: [1, {b: 2}]")
    assert readings(found) == (found,)


def test_at_124_the_first_and_the_last_value_are_readings() -> None:
    assert values("a: 1\nb: x\na: 2") == values("a: 1\nb: x") + values("a: 2\nb: x")


def test_every_value_in_turn_is_a_reading() -> None:
    assert values("a: 1\na: 2\nb: 1\nb: 2\nb: 3") == [
        *values("a: 1\nb: 1"),
        *values("a: 2\nb: 2"),
        *values("a: 2\nb: 3"),
    ]


def test_doubled_keys_are_found_wherever_they_are() -> None:
    found = list(doublings(document("x:\n- a: {b: 1, b: 2}\n  a: {c: 1}\n")))
    assert [(one.steps, one.key.line, len(one.values)) for one in found] == [
        (("x", 0, "a"), 3, 2),
        (("x", 0, "a", "b"), 2, 2),
    ]


def test_what_is_wrong_names_the_key_and_cuts_a_long_one() -> None:
    (short,), (long,) = (doublings(document(f"{key}: 1\n{key}: 2")) for key in ("a", "a" * 200))
    assert (short.reason, len(long.reason)) == ("ambiguous: key a twice", 81)


def test_doubled_keys_that_are_merged_in_stay_doubled() -> None:
    assert values("b: &b {x: 1, x: 2, y: 1, y: 2}\na: {<<: *b, y: 3}") == [
        *values("b: {x: 1, y: 1}\na: {y: 3, x: 1}"),
        *values("b: {x: 2, y: 2}\na: {y: 3, x: 2}"),
    ]


@pytest.mark.parametrize("text", ["a: &a {x: 1}\nb: {<<: *a, <<: *a}", "b: {<<: {x: 1}, <<: {x: 1}}"])
def test_two_merges_are_refused_all_the_same(text: str) -> None:
    with pytest.raises(Unreadable, match="ambiguous: key << twice"):
        read(text, doubles=True)


def test_a_key_too_often_is_refused() -> None:
    with pytest.raises(Unreadable, match="more than 4 times"):
        readings(document("a: 1\n" * 5))


def test_content_is_the_same_for_the_same_text_in_other_places() -> None:
    assert content(document("a: [1, 'x']")) == content(document("\n\n{a: [1, 'x']}"))
    assert content(document("a: '1'")) != content(document("a: 1"))


NODES = st.recursive(
    st.sampled_from(["1", "x"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(st.tuples(st.sampled_from("ab"), inner), max_size=3).map(
            lambda pairs: f"{{{', '.join(f'{key}: {value}' for key, value in pairs)}}}"
        ),
    ),
    max_leaves=8,
)


def _doubled(node: Node) -> bool:
    return isinstance(node, Mapping) and bool(node.doubled)


@given(NODES)
@settings(max_examples=200, deadline=None)
def test_no_reading_holds_a_doubled_key(text: str) -> None:
    for reading in readings(document(text)):
        assert list(doublings(reading)) == []
        assert not _doubled(reading)


def test_too_many_doubled_keys_are_refused() -> None:
    text = "".join(f"k{number}: 1\nk{number}: 2\n" for number in range(20))
    assert len(readings(document(text))) == 2
    with pytest.raises(Unreadable, match="more than 20 keys twice"):
        readings(document(f"{text}a: 1\na: 2\n"))
