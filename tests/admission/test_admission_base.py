"""What engines share: data, numbers, comparators, selectors, matches."""

from __future__ import annotations

from fractions import Fraction

import pytest

from app.admission import base
from app.admission.base import (
    Comparator,
    Data,
    Field,
    Order,
    PolicyObject,
    ResourceRules,
    Words,
    by_change,
    duration,
    flag,
    judged,
    match_resources,
    named,
    number,
    opaque_list,
    quantity,
    rules_relation,
    same,
    selector_relation,
    selects,
    shown,
    table,
    texts,
    together,
    undecided,
    unknown,
)
from app.admission.base.field import differing
from app.admission.base.languages import EVERYTHING, exact, regex, wildcard
from app.core.inventory import ObjectReference
from app.core.policy_edit import Effect, PolicyEdit, combined
from app.core.yaml import read
from tests.admission.edits import CANNOT_TELL, NEUTRAL, STRONGER, WEAKER

EQUAL, WIDER, NARROWER, EITHER, UNKNOWN = Order.EQUAL, Order.WIDER, Order.NARROWER, Order.EITHER, Order.UNKNOWN
WORDS = Words("more", "less")


def of(text: str) -> PolicyObject:
    return PolicyObject.of("a.yaml", read(text)[0])


def field(before: Data, after: Data) -> Field:
    known = of("kind: A\n")
    return Field(known, known, before, after, "spec.x", (("spec",), ("spec",)))


def said(comparator: Comparator, before: Data, after: Data) -> Effect:
    return combined(edit.effect for edit in comparator(field(before, after)))


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("a: yes", {"a": True}),
        ("a: Off", {"a": False}),
        ("a: 'yes'", {"a": "yes"}),
        ("a: ~", {"a": None}),
        ("a: 12", {"a": 12}),
        ("a: 012", {"a": "012"}),
        ("a: 1.5", {"a": 1.5}),
        ("a: [1, b, {c: d}]", {"a": [1, "b", {"c": "d"}]}),
        ("x", "x"),
    ],
)
def test_nodes_become_plain_data(text: str, data: object) -> None:
    assert base.plain(read(text)[0]) == data


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (True, 1, False),
        (1, 1, True),
        ({"a": [1]}, {"a": [True]}, False),
        ({"a": 1}, {"b": 1}, False),
        ("a", ["a"], False),
    ],
)
def test_true_is_not_one(one: Data, other: Data, alike: bool) -> None:  # noqa: FBT001 - a table
    assert same(one, other) is alike


@pytest.mark.parametrize(
    ("steps", "line"),
    [((), 1), (("b",), 3), (("b", 1), 4), (("b", 7), 3), (("b", "x"), 3), (("nope",), 1), (("a", "b"), 1)],
)
def test_a_value_has_its_line(steps: tuple[str | int, ...], line: int) -> None:
    assert of("a: 1\nb:\n  - x\n  - y\n").line_of(steps) == line


def test_what_an_object_is_called() -> None:
    found = of("apiVersion: a.b/v1\nkind: K\nmetadata: {name: n, namespace: s}\n")
    assert (found.reference, found.group) == (ObjectReference("a.b/v1", "K", "s", "n"), "a.b")


def test_the_core_group_has_no_name() -> None:
    assert of("apiVersion: v1\n").group == ""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("500m", Fraction(1, 2)),
        ("1Gi", Fraction(1024**3)),
        ("1k", Fraction(1000)),
        ("1e3", Fraction(1000)),
        ("1E2", Fraction(100)),
        ("2E", Fraction(2 * 10**18)),
        ("2Ei", Fraction(2 * 1024**6)),
        (2, Fraction(2)),
        ("-1.5", Fraction(-3, 2)),
        (True, None),
        (None, None),
        ("x", None),
        ("1 Gi", None),
    ],
)
def test_quantities(text: Data, value: Fraction | None) -> None:
    assert quantity(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1h30m", 5400),
        ("1.5s", Fraction(3, 2)),
        ("0", 0),
        ("-2m", -120),
        ("500ms", Fraction(1, 2)),
        ("5", None),
        ("", None),
        (7, None),
        ("1h x", None),
    ],
)
def test_durations(text: Data, value: Fraction | None) -> None:
    assert duration(text) == value


def test_a_field_knows_whether_it_is_filled_in_elsewhere() -> None:
    assert [field("{{ x }}", 1).filled_in, field(1, {"${X}": 1}).filled_in, field(1, 2).filled_in] == [
        True,
        True,
        False,
    ]


def test_an_edit_of_no_object_is_a_bug() -> None:
    with pytest.raises(ValueError, match="no object"):
        Field(None, None, None, None).neutral("x")


def test_an_edit_of_what_is_gone_stands_in_the_old_file() -> None:
    known = Field.of(of("a: 1\nb: 2\n"), of("a: 1\n"))
    assert (known.child("b").weaker("x").line, known.child("a").weaker("x").line) == (2, 1)


@pytest.mark.parametrize(
    ("before", "after", "seen"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, ("2", "3")),
        ({"a": {"b": "x"}}, {"a": {"b": "y"}}, ("x", "y")),
        ({"a": 1}, {"b": 1}, ('{"a": 1}', '{"b": 1}')),
        (["a", "b"], ["b", "c"], ("a", "c")),
        (["a"], ["a", "b", "c"], ("[]", '["b", "c"]')),
        (["a", "b"], ["b", "a"], ('["a", "b"]', '["b", "a"]')),
        (None, "x", (None, "x")),
    ],
)
def test_only_what_differs_is_shown(before: Data, after: Data, seen: tuple[str | None, str | None]) -> None:
    edit = field(before, after).weaker("x")
    assert (edit.before, edit.after) == seen


def test_long_data_is_cut() -> None:
    assert len(shown("x" * 1000) or "") == 200


@pytest.mark.parametrize(
    ("order", "effect", "sentence"),
    [
        (by_change(gained=None, lost=None), NEUTRAL, "it means the same"),
        (by_change(gained="a", lost=None), WEAKER, "more"),
        (by_change(gained=None, lost="b"), STRONGER, "less"),
        (by_change(gained="a", lost="b"), WEAKER, "more; also: less"),
        (unknown("why"), CANNOT_TELL, "why"),
    ],
)
def test_a_relation_becomes_an_effect(order: base.Relation, effect: Effect, sentence: str) -> None:
    found = judged(field(1, 2), order, WORDS, wider=WEAKER)
    assert (found.effect, found.sentence) == (effect, sentence)


def test_the_example_of_what_goes_both_ways_is_what_gets_weaker() -> None:
    relation = by_change(gained="new", lost="old")
    found = [judged(field(1, 2), relation, WORDS, wider=wider).witness for wider in (WEAKER, STRONGER)]
    assert found == ["new", "old"]


@pytest.mark.parametrize(
    ("parts", "order"),
    [
        ([], EQUAL),
        ([by_change(gained="a", lost=None)] * 2, WIDER),
        ([by_change(gained="a", lost=None), by_change(gained=None, lost="b")], EITHER),
        ([by_change(gained="a", lost=None), unknown("x")], UNKNOWN),
    ],
)
def test_parts_are_never_netted(parts: list[base.Relation], order: Order) -> None:
    assert together(parts).order is order


def test_a_flipped_relation_is_that_of_the_complements() -> None:
    found = by_change(gained="a", lost=None).flipped
    assert (found.order, found.lost) == (NARROWER, "a")


@pytest.mark.parametrize(
    ("wider", "before", "after", "effect"),
    [
        (WEAKER, 1, 2, WEAKER),
        (WEAKER, 2, 1, STRONGER),
        (STRONGER, "1Gi", "2Gi", STRONGER),
        (STRONGER, None, "1", NEUTRAL),
        (STRONGER, "1", "x", CANNOT_TELL),
    ],
)
def test_numbers(wider: Effect, before: Data, after: Data, effect: Effect) -> None:
    assert said(number(WORDS, wider=wider, reading=quantity, default=1), before, after) is effect


def test_a_flag_that_is_none_cannot_be_told() -> None:
    assert said(flag(WORDS, strict=True, default=True), "x", after=True) is CANNOT_TELL


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        (["a"], ["a", "b"], WEAKER),
        ("a", ["a"], NEUTRAL),
        (None, ["a"], STRONGER),
        (["a", 1], ["a"], CANNOT_TELL),
        (["a"], ["{{ x }}"], CANNOT_TELL),
    ],
)
def test_lists_of_texts(before: Data, after: Data, effect: Effect) -> None:
    assert said(texts(exact, WORDS, wider=WEAKER, empty=EVERYTHING), before, after) is effect


HOSTILE = ["(a|b)*a(a|b){14}", "(a|b)*b(a|b){14}"]


def test_patterns_too_large_to_compare_are_compared_as_texts() -> None:
    assert said(texts(regex, WORDS, wider=WEAKER), HOSTILE[:1], HOSTILE) is WEAKER


def test_patterns_that_are_not_understood_cannot_be_told() -> None:
    assert said(texts(regex, WORDS, wider=WEAKER), [r"\b"], ["a"]) is CANNOT_TELL


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        (["a"], ["a", "b"], WEAKER),
        (["a", "b"], ["b"], STRONGER),
        (["a"], ["b"], CANNOT_TELL),
        (["a", "b"], ["b", "a"], NEUTRAL),
        ("x", ["b"], CANNOT_TELL),
    ],
)
def test_lists_that_nobody_looks_into(before: Data, after: Data, effect: Effect) -> None:
    assert said(opaque_list(WORDS, wider=WEAKER, what="it"), before, after) is effect


def test_a_list_of_named_entries_that_is_none_cannot_be_told() -> None:
    assert said(named("name", undecided("x"), words=WORDS, wider=WEAKER), "x", []) is CANNOT_TELL


def test_a_comparator_that_says_nothing_is_not_believed() -> None:
    assert said(table({"a": lambda _: ()}), {"a": 1}, {"a": 2}) is CANNOT_TELL


def test_a_field_that_is_compared_elsewhere_is_left_to_that() -> None:
    def nothing(before: Data, after: Data) -> list[PolicyEdit]:
        return list(table({"a": base.elsewhere})(field(before, after)))

    assert nothing({"a": 1}, {"a": 2}) == []


def label(key: str, operator: str, *values: str) -> Data:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


ONE = {"matchLabels": {"a": "b"}}


@pytest.mark.parametrize(
    ("before", "after", "order"),
    [
        (None, ONE, NARROWER),
        ({}, None, EQUAL),
        (ONE, {"matchLabels": {"a": "b", "c": "d"}}, NARROWER),
        (ONE, {"matchLabels": {"a": "c"}}, EITHER),
        (ONE, label("a", "In", "b", "c"), WIDER),
        (label("a", "In", "b", "c"), label("a", "In", "c"), NARROWER),
        (label("a", "NotIn", "b"), label("a", "NotIn", "b", "c"), NARROWER),
        (label("a", "NotIn", "b"), label("a", "Exists"), EITHER),
        (label("a", "In", "b"), label("a", "Exists"), WIDER),
        (label("a", "In", "b"), label("a", "NotIn", "c"), WIDER),
        (label("a", "DoesNotExist"), label("a", "NotIn", "c"), WIDER),
        (label("a", "Exists"), label("b", "Exists"), EITHER),
        ({"matchLabels": {"a": "b"}, **label("a", "In", "c")}, ONE, WIDER),  # type: ignore[dict-item]
        (ONE, {"matchLabels": {"a": "b"}, **label("a", "In", "c")}, NARROWER),  # type: ignore[dict-item]
        (
            {"matchLabels": {"a": "b"}, **label("a", "In", "c")},  # type: ignore[dict-item]
            {"matchLabels": {"a": "b"}, **label("a", "In", "d")},  # type: ignore[dict-item]
            EQUAL,
        ),
        ({"matchLabels": {"a": "b"}, **label("a", "NotIn", "c")}, ONE, EQUAL),  # type: ignore[dict-item]
        ({**ONE, **label("a", "In", "b", "c")}, ONE, EQUAL),  # type: ignore[dict-item]
        (
            {
                "matchExpressions": [
                    *label("a", "NotIn", "b")["matchExpressions"],
                    *label("a", "NotIn", "c")["matchExpressions"],
                ]
            },  # type: ignore[index, call-overload]
            label("a", "NotIn", "b", "c"),
            EQUAL,
        ),
        (
            label("a", "NotIn", "b"),
            {
                "matchExpressions": [
                    *label("a", "NotIn", "b")["matchExpressions"],
                    *label("a", "In", "b", "c")["matchExpressions"],
                ]
            },
            NARROWER,
        ),  # type: ignore[index, call-overload]
        (ONE, {"matchLabels": {"a*": "b"}}, UNKNOWN),
        (ONE, {"matchLabels": {"a": "b?"}}, UNKNOWN),
        (ONE, {"matchLabels": {"a": "{{ x }}"}}, UNKNOWN),
        (ONE, {"matchLabels": {"a": 1}}, UNKNOWN),
        (ONE, {"matchLabels": "x"}, UNKNOWN),
        (ONE, "x", UNKNOWN),
        (ONE, {"invented": 1}, UNKNOWN),
        (ONE, {"matchExpressions": ["x"]}, UNKNOWN),
        (ONE, {"matchExpressions": [{"key": "a", "operator": "In", "values": [1]}]}, UNKNOWN),
        (ONE, label("a", "In"), UNKNOWN),
        (ONE, label("a", "Exists", "x"), UNKNOWN),
        (ONE, label("a", "Near", "x"), UNKNOWN),
        (ONE, label("", "In", "x"), UNKNOWN),
    ],
)
def test_selectors_are_compared(before: Data, after: Data, order: Order) -> None:
    assert selector_relation(before, after).order is order


def test_a_selector_shows_the_label_that_changes_sides() -> None:
    found = selector_relation(ONE, label("a", "NotIn", "b"))
    assert (found.gained, found.lost) == ("no label a", "a=b")


@pytest.mark.parametrize(
    ("selector", "labels", "found"),
    [
        (ONE, {"a": "b"}, True),
        (ONE, {"a": "c"}, False),
        (ONE, {}, False),
        (label("a", "NotIn", "b"), {}, True),
        (label("a", "NotIn", "b"), {"a": "b"}, False),
        (None, {}, True),
        ("x", {}, None),
        ({"matchLabels": {"a": "{{ x }}"}}, {}, None),
    ],
)
def test_a_selector_selects(selector: Data, labels: dict[str, str], found: bool | None) -> None:  # noqa: FBT001 - a table
    assert selects(selector, labels) is found


def rule(**fields: Data) -> Data:
    return {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"], **fields}


@pytest.mark.parametrize(
    ("before", "after", "order"),
    [
        ([rule()], [rule(operations=["*"])], WIDER),
        ([rule(operations=["CREATE", "UPDATE", "DELETE", "CONNECT"])], [rule(operations=["*"])], EQUAL),
        ([rule()], [rule(resources=["pods", "pods/exec"])], WIDER),
        ([rule(resources=["*"])], [rule(resources=["*/*"])], WIDER),
        ([rule(resources=["*/scale"])], [rule(resources=["*/*"])], WIDER),
        ([rule(resources=["pods/*"])], [rule()], NARROWER),
        ([rule()], [rule(scope="Cluster")], NARROWER),
        ([rule()], [rule(scope="*")], EQUAL),
        ([rule()], [rule(resourceNames=["a"])], NARROWER),
        ([rule(resourceNames=["a"])], [rule(resourceNames=["b"])], EITHER),
        ([rule()], [rule(apiGroups=["apps"])], EITHER),
        ([rule()], [rule(apiVersions=["*"])], WIDER),
        ([rule()], [rule(), rule(resources=["services"])], WIDER),
        ([rule()], None, NARROWER),
        ([rule()], [rule(invented=1)], UNKNOWN),
        ([rule()], [rule(scope="Half")], UNKNOWN),
        ([rule()], [rule(operations=["DANCE"])], UNKNOWN),
        ([rule()], [rule(resources=[1])], UNKNOWN),
        ([rule()], "x", UNKNOWN),
        ([rule()], [rule(resources=["{{ x }}"])], UNKNOWN),
        ([rule()], [rule(resources=[f"r{one}/s{two}" for one in range(60) for two in range(60)])], UNKNOWN),
    ],
)
def test_resource_rules_are_compared(before: Data, after: Data, order: Order) -> None:
    assert rules_relation(ResourceRules(before), ResourceRules(after)).order is order


def test_without_rules_everything_may_match() -> None:
    sides = ResourceRules(None, everything=True), ResourceRules([rule()], everything=True)
    assert rules_relation(*sides).order is NARROWER


def test_an_exclusion_narrows_and_the_request_is_shown() -> None:
    found = rules_relation(
        ResourceRules([rule()]), ResourceRules([rule()], [rule(resourceNames=["x"], scope="Cluster")])
    )
    assert (found.order, found.lost) == (NARROWER, "CREATE /v1 pods named x (cluster)")


@pytest.mark.parametrize(
    ("wider", "before", "after", "effect"),
    [
        (STRONGER, {"resourceRules": [rule()]}, {"resourceRules": [rule(operations=["*"])]}, STRONGER),
        (STRONGER, {"resourceRules": [rule()]}, {"resourceRules": [rule()], "excludeResourceRules": [rule()]}, WEAKER),
        (STRONGER, {}, {"namespaceSelector": ONE}, WEAKER),
        (WEAKER, {}, {"objectSelector": ONE}, STRONGER),
        (STRONGER, {}, {"matchPolicy": "Exact"}, WEAKER),
        (STRONGER, {}, {"matchPolicy": "Equivalent"}, NEUTRAL),
        (WEAKER, {}, {"matchPolicy": "Exact"}, CANNOT_TELL),
        (STRONGER, {}, {"invented": 1}, CANNOT_TELL),
        (STRONGER, {}, {"invented": None}, NEUTRAL),
    ],
)
def test_a_match_of_kubernetes(wider: Effect, before: Data, after: Data, effect: Effect) -> None:
    assert said(match_resources(wider=wider), before, after) is effect


def test_wildcards_are_a_language() -> None:
    assert said(texts(wildcard, WORDS, wider=WEAKER), "a*", "*") is WEAKER


LONG = [f"line {number} of a long text" for number in range(30)]


@pytest.mark.parametrize(
    ("before", "after", "shown_"),
    [
        (LONG, [*LONG[:20], "other", *LONG[21:]], (LONG[20], "other")),
        (LONG, [*LONG, "new"], (LONG[29], f"{LONG[29]}\nnew")),
        (LONG, [*LONG[:5], *LONG[6:]], (f"{LONG[4]}\n{LONG[5]}", LONG[4])),
    ],
)
def test_of_long_texts_the_lines_that_differ_are_shown(
    before: list[str], after: list[str], shown_: tuple[str, str]
) -> None:
    assert differing("\n".join(before), "\n".join(after)) == shown_
