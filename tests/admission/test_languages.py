"""Which texts a pattern accepts, and whether another accepts more."""

from __future__ import annotations

import contextlib

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from app.admission.base import Order
from app.admission.base.languages import (
    EVERYTHING,
    NOTHING,
    Language,
    NotUnderstood,
    accepts,
    bounded,
    compare,
    exact,
    image_glob,
    prefix,
    regex,
    starred,
    suffix,
    trailing_star,
    union,
    whole_regex,
    wildcard,
)

RELEASE = r"^https://github\.com/fluxcd/[a-z-]+/\.github/workflows/release\.(yml|yaml)@refs/tags/v\d+\.\d+\.\d+$"


@pytest.mark.parametrize(
    ("before", "after", "order", "gained", "lost"),
    [
        (wildcard("ghcr.io/org/*"), wildcard("ghcr.io/org*"), Order.WIDER, "ghcr.io/org", ""),
        (union([wildcard("g/a/*"), wildcard("g/b/*")]), wildcard("g/?/*"), Order.WIDER, "g/c/", ""),
        (image_glob("ghcr.io/*/*"), image_glob("ghcr.io/**"), Order.WIDER, "ghcr.io/", ""),
        (image_glob("**"), image_glob("ghcr.io/**"), Order.NARROWER, "", ""),
        (regex(RELEASE), regex(r"https://github\.com/fluxcd/.*"), Order.WIDER, "https://github.com/fluxcd/", ""),
        (
            regex(r"^https://github\.com/o/.*$"),
            regex("^https://github.com/o/.*$"),
            Order.WIDER,
            "https://githubacom/o/",
            "",
        ),
        (regex("^https://a/.*$"), regex("https://a/.*"), Order.WIDER, "ahttps://a/", ""),
        (
            exact("https://github.com/o/r/x"),
            regex(r"^https://github\.com/o/r/"),
            Order.WIDER,
            "https://github.com/o/r/",
            "",
        ),
        (regex("^.*$"), regex(".*"), Order.EQUAL, "", ""),
        (regex("^a$|^b$"), regex("^(a|b)$"), Order.EQUAL, "", ""),
        (regex("refs/head/main"), regex("refs/heads/main"), Order.EITHER, "refs/heads/main", "refs/head/main"),
        (prefix("docker.io"), prefix("docker.io/"), Order.NARROWER, "", "docker.io"),
        (suffix("-dev"), suffix("dev"), Order.WIDER, "dev", ""),
        (trailing_star("a/*"), trailing_star("a/b"), Order.NARROWER, "", "a/"),
        (starred("a*c"), starred("a?c"), Order.NARROWER, "", "ac"),
        (NOTHING, exact("a"), Order.WIDER, "a", ""),
        (EVERYTHING, NOTHING, Order.NARROWER, "", ""),
        (wildcard("a*") & ~exact("ab"), wildcard("a*"), Order.WIDER, "ab", ""),
        (~exact("a"), ~exact("b"), Order.EITHER, "a", "b"),
        (regex("a^b"), NOTHING, Order.EQUAL, "", ""),
        (exact(""), regex("^$"), Order.EQUAL, "", ""),
        (union([~exact("a"), exact("a")]), EVERYTHING, Order.EQUAL, "", ""),
    ],
)
def test_patterns_are_compared_with_examples(  # noqa: PLR0917 - a table
    before: Language, after: Language, order: Order, gained: str, lost: str
) -> None:
    found = compare(before, after)
    assert (found.order, found.gained, found.lost) == (order, gained, lost)


def test_only_what_is_looked_at_is_compared() -> None:
    found = compare(wildcard("a*"), wildcard("a*") | exact("b"), within=wildcard("a*"))
    assert found.order is Order.EQUAL


def test_a_difference_within_what_is_looked_at_is_found() -> None:
    assert compare(exact("a"), exact("b"), within=wildcard("?")).order is Order.EITHER


def test_hostile_patterns_are_not_known() -> None:
    assert compare(regex("(a|b)*a(a|b){14}"), regex("(a|b)*b(a|b){14}")).order is Order.UNKNOWN


def test_what_all_comparisons_cost_is_bounded() -> None:
    with bounded(1_000):
        found = [compare(regex(RELEASE), regex("https://.*")).order for _ in range(3)]
    assert (found[0], found[1:]) == (Order.WIDER, [Order.UNKNOWN] * 2)


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^v[0-9]+$", "v12", True),
        ("^v[0-9]+$", "v", False),
        (r"\d\.\s\w\D\S\W", "1. aa!a", False),
        (r"^\d\.\s\w\D\S\W$", "1. aab-", True),
        (r"^[\d\-x]$", "-", True),
        ("^[^a-c]$", "b", False),
        ("^[]a]$", "]", True),
        ("^[[:alpha:]]$", "q", True),
        ("^[[:^alpha:]]$", "q", False),
        ("^[a-]$", "-", True),
        (r"^[\x41-\x43]$", "B", True),
        (r"^\x{61}\n\t\.$", "a\n\t.", True),
        ("^(?:a|b)$", "b", True),
        ("^(?P<name>a)$", "a", True),
        ("^(?<name>a)$", "a", True),
        ("^a{2}$", "aa", True),
        ("^a{2,}$", "aaaa", True),
        ("^a{2,3}$", "aaaa", False),
        ("^a{0}$", "", True),
        ("^a??b+?c*?$", "b", True),
        (r"^\Qa.b\E$", "a.b", True),
        (r"^\Qa.b", "axb", False),
        (r"\Aa\z", "a", True),
        ("(?i)^Ab$", "aB", True),
        ("(?i)^[a-c]$", "B", True),
        ("(?s)^.$", "\n", True),
        ("^.$", "\n", False),
        (r"^[^\x00-a]$", "b", True),
        (r"^[^b-\x{10FFFF}]$", "b", False),
        ("(?i)^k$", "\u212a", True),
    ],
)
def test_an_expression_accepts_what_it_says(pattern: str, text: str, found: bool) -> None:  # noqa: FBT001 - a table
    assert accepts(regex(pattern), text) is found


def test_a_whole_expression_is_anchored() -> None:
    assert not accepts(whole_regex("a"), "ba")


@pytest.mark.parametrize(
    "pattern",
    [
        *("(", ")", "(?=a)", "(?i:a)", "(?m)a", "(?P<1>a)", "(?P<a", "a**", "^*", "*a", "a{1,b}", "a{3,2}", "a{201}"),
        *(r"\b", r"\pL", "[", "[[:nope:]]", "[[:alpha", "[b-a]", "[a-", "[a-[b]]", "\\", r"\x", r"\xzz", r"\x{}"),
        *(
            r"\x{1234567}",
            "a{99999999999}",
            "(" * 60 + ")" * 60,
            "(a{200}){200}",
            "x" * 4097,
            "(?i)é",
            "(?i)[é-ü]",
            "a{1",
            r"\x{110000}",
        ),
    ],
)
def test_what_is_beyond_the_dialect_is_refused(pattern: str) -> None:
    with pytest.raises(NotUnderstood):
        regex(pattern)


PARTS = st.sampled_from(
    ["a", "b", ".", "[ab]", "[^a]", "(a|b)", "(?:ab)", "a*", "b+", "a?", "a{1,2}", r"\.", "-", "^", "$"]
)
EXPRESSIONS = st.lists(PARTS, min_size=1, max_size=5).map("".join)
TEXTS = st.text("ab.-", max_size=5)


@given(EXPRESSIONS, TEXTS)
@settings(deadline=None, max_examples=200)
def test_acceptance_agrees_with_re2(pattern: str, text: str) -> None:
    try:
        language = regex(pattern)
    except NotUnderstood:
        return
    assert accepts(language, text) is bool(re2.search(pattern, text))


@given(EXPRESSIONS, EXPRESSIONS, TEXTS)
@settings(deadline=None, max_examples=200)
def test_a_comparison_never_hides_a_text(one: str, other: str, text: str) -> None:
    try:
        before, after = regex(one), regex(other)
    except NotUnderstood:
        return
    order = compare(before, after).order
    if accepts(after, text) and not accepts(before, text):
        assert order in (Order.WIDER, Order.EITHER, Order.UNKNOWN)


@given(EXPRESSIONS, EXPRESSIONS)
@settings(deadline=None, max_examples=100)
def test_examples_are_real(one: str, other: str) -> None:
    try:
        before, after = regex(one), regex(other)
    except NotUnderstood:
        return
    found = compare(before, after)
    if found.order is Order.WIDER:
        assert (accepts(after, found.gained), accepts(before, found.gained)) == (True, False)


@given(st.text(max_size=40))
@settings(deadline=None, max_examples=200)
def test_reading_an_expression_never_breaks(text: str) -> None:
    with contextlib.suppress(NotUnderstood):
        regex(text)


@pytest.mark.parametrize("brace", ["a{", "a{x}", "a{1,x}", "a{,2}", "a{00001,00002}", "a{1001}"])
def test_a_brace_that_is_no_repetition_of_re2_is_not_understood(brace: str) -> None:
    with pytest.raises(NotUnderstood):
        whole_regex(brace)


@pytest.mark.parametrize(("brace", "plain"), [("a{0001,0002}", "aa?"), ("a{2}", "aa"), ("a{1,}", "a+"), ("a{0}b", "b")])
def test_a_brace_repeats_as_it_says(brace: str, plain: str) -> None:
    assert compare(whole_regex(brace), whole_regex(plain)).order is Order.EQUAL
