"""Mappings: measures of any predicate by JSON pointer; what is not as declared is unreadable, never zero."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from app.core.posture import Better, Posture
from app.predicates import View, read_posture
from app.predicates.base import Kind, MappedMeasure, parse_pointer
from tests.predicates.statements import trusted

VENDOR = "https://vendor.test/hardened/v3"


def read(predicate: object, pointer: str, kind: Kind = Kind.NUMBER, key: str = "custom.score") -> Posture:
    steps = parse_pointer(pointer)
    assert steps is not None
    mapped = MappedMeasure(VENDOR, key, "score", steps, kind, Better.HIGHER)
    return read_posture([trusted(VENDOR, predicate)], (), View(mappings=(mapped,)))


@pytest.mark.parametrize(
    ("predicate", "pointer", "kind", "value"),
    [
        ({"a": {"b": 7}}, "/a/b", Kind.NUMBER, 7),
        ({"a": [{"b": 0}, {"b": 8}]}, "/a/1/b", Kind.NUMBER, 8),
        ({"a/b": {"~": True}}, "/a~1b/~0", Kind.FLAG, True),
        ({"": "x"}, "/", Kind.TEXT, "x"),
        ({"0": False}, "/0", Kind.FLAG, False),
    ],
)
def test_a_pointer_leads_to_its_member(predicate: object, pointer: str, kind: Kind, value: object) -> None:
    one = read(predicate, pointer, kind).measures["custom.score"]
    assert (one.value, one.better, one.label, one.predicate_type) == (value, Better.HIGHER, "score", VENDOR)


@pytest.mark.parametrize(
    ("predicate", "pointer", "kind", "sentence"),
    [
        ({}, "/a", Kind.NUMBER, "predicate.a: is missing"),
        ({"a": None}, "/a", Kind.NUMBER, "predicate.a: is missing"),
        ({"a": "7"}, "/a", Kind.NUMBER, "predicate.a: is not a whole number"),
        ({"a": True}, "/a", Kind.NUMBER, "predicate.a: is not a whole number"),
        ({"a": -1}, "/a", Kind.NUMBER, "predicate.a: is not between 0 and 1000000"),
        ({"a": 0}, "/a", Kind.FLAG, "predicate.a: is neither true nor false"),
        ({"a": ""}, "/a", Kind.TEXT, "predicate.a: is empty"),
        ({"a": 1}, "/a", Kind.TEXT, "predicate.a: is not a text"),
        ({"a": [1]}, "/a/1", Kind.NUMBER, "predicate.a[1]: is missing"),
        ({"a": [1]}, "/a/-", Kind.NUMBER, "predicate.a: has no member -"),
        ({"a": [1]}, "/a/00", Kind.NUMBER, "predicate.a: has no member 00"),
        ({"a": 1}, "/a/b", Kind.NUMBER, "predicate.a: has no member b"),
        ([], "/a", Kind.NUMBER, "predicate: has no member a"),
    ],
)
def test_what_is_not_as_declared_is_unreadable_with_its_place(
    predicate: object, pointer: str, kind: Kind, sentence: str
) -> None:
    posture = read(predicate, pointer, kind)
    (one,) = posture.unreadable
    assert (f"{one.path}: {one.reason}", posture.measures) == (sentence, {})


@pytest.mark.parametrize("text", ["", "a", "a/b", "#/a", "/a~", "/a~2", "/x" * 33])
def test_what_is_no_pointer_to_a_member_is_none(text: str) -> None:
    assert parse_pointer(text) is None


def test_one_missing_member_makes_the_whole_predicate_unreadable() -> None:
    mapped = tuple(
        MappedMeasure(VENDOR, f"custom.{name}", name, (name,), Kind.NUMBER, Better.LOWER) for name in ("a", "b")
    )
    assert read_posture([trusted(VENDOR, {"a": 1})], (), View(mappings=mapped)).measures == {}


def test_a_mapping_of_one_type_reads_no_other() -> None:
    mapped = MappedMeasure("https://other.test/v1", "custom.a", "a", ("a",), Kind.NUMBER, Better.LOWER)
    assert read_posture([trusted(VENDOR, {"a": 1})], (), View(mappings=(mapped,))) == Posture()


def test_a_mapped_number_of_vulnerabilities_rests_on_nothing_that_is_known() -> None:
    one = read({"a": 1}, "/a", key="hardening.vulnerabilities.after").measures["hardening.vulnerabilities.after"]
    assert one.basis is not None
    assert one.basis.scanner is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(_JSON, st.lists(st.text(max_size=3), min_size=1, max_size=4), st.sampled_from(Kind))
def test_any_json_is_measured_or_unreadable(predicate: object, steps: list[str], kind: Kind) -> None:
    pointer = "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)
    assert parse_pointer(pointer) == tuple(steps)
    posture = read(predicate, pointer, kind)
    assert bool(posture.measures) is not bool(posture.unreadable)
