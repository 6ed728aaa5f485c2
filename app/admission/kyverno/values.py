"""The values of patterns: `|` alternatives, `&` conjunctions, `!`, comparisons, ranges and wildcards."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from fractions import Fraction

from app.admission.base import (
    EQUAL,
    Data,
    Relation,
    by_change,
    duration,
    is_list,
    placeholders,
    quantity,
    same,
    unknown,
)
from app.admission.base.languages import Language, NotUnderstood, compare, union, wildcard

MAX_TERMS = 100
"""Alternatives and conjunctions of one value."""

_COMPARED = re.compile(r"(>=|<=|>|<)\s*(\S+)")
_RANGE = re.compile(r"([-+]?[0-9.]+[A-Za-zµ]*)(!?)-([-+]?[0-9.]+[A-Za-zµ]*)")
_UNCLEAR = "a pattern whose values cannot be compared"
_Test = Callable[[Fraction], bool]


def value_relation(before: Data, after: Data) -> Relation:
    """Return how the values relate that two patterns of a value accept."""
    if same(before, after):
        return EQUAL
    texts = [_text(side) for side in (before, after)]
    if texts[0] is None or texts[1] is None or placeholders(before) or placeholders(after):
        return unknown(_UNCLEAR)
    sides = [_terms(text) for text in texts if text is not None]
    if any(sum(map(len, side)) > MAX_TERMS for side in sides):
        return unknown(_UNCLEAR)
    if any(_compares(term) for side in sides for part in side for term in part):
        return _by_number(sides[0], sides[1])
    try:
        return compare(_language(sides[0]), _language(sides[1]))
    except NotUnderstood as error:
        return unknown(f"a pattern cannot be compared: {error}")


def _text(data: Data) -> str | None:
    """Return a value as the text that it is compared as; `None` for what is no single value."""
    if data is None or is_list(data) or not isinstance(data, str | int | float | bool):
        return None
    return str(data).lower() if isinstance(data, bool) else str(data)


_Terms = Sequence[Sequence[str]]


def _terms(text: str) -> _Terms:
    """Return the alternatives, each as its conjunction."""
    return [[term.strip() for term in part.split("&")] for part in text.split("|")]


def _compares(term: str) -> bool:
    return _COMPARED.fullmatch(term) is not None or _RANGE.fullmatch(term) is not None


def _language(terms: _Terms) -> Language:
    return union(_conjunction(part) for part in terms)


def _conjunction(part: Sequence[str]) -> Language:
    found = _one(part[0])
    for term in part[1:]:
        found = found & _one(term)
    return found


def _one(term: str) -> Language:
    return ~wildcard(term[1:].strip()) if term.startswith("!") else wildcard(term)


def _by_number(before: _Terms, after: _Terms) -> Relation:
    """Compare unions of intervals at every bound, beside it and between: nothing else can differ."""
    for reading in (quantity, duration):
        tests = [_tests(side, reading) for side in (before, after)]
        if tests[0] is not None and tests[1] is not None:
            bounds = sorted({bound for found in tests if found is not None for _, some in found for bound in some})
            points = [bounds[0] - 1, *bounds, bounds[-1] + 1]
            points += [(one + two) / 2 for one, two in itertools.pairwise(bounds)]
            verdicts = [(point, _holds(tests[0], point), _holds(tests[1], point)) for point in sorted(points)]
            gained = next((str(point) for point, old, new in verdicts if new and not old), None)
            lost = next((str(point) for point, old, new in verdicts if old and not new), None)
            return by_change(gained=gained, lost=lost)
    return unknown(_UNCLEAR)


_Tests = list[tuple[list[_Test], list[Fraction]]]


def _holds(tests: _Tests, point: Fraction) -> bool:
    return any(all(test(point) for test in part) for part, _ in tests)


def _tests(terms: _Terms, reading: Callable[[Data], Fraction | None]) -> _Tests | None:
    found: _Tests = []
    for part in terms:
        tests: list[_Test] = []
        bounds: list[Fraction] = []
        for term in part:
            one = _test(term, reading)
            if one is None:
                return None
            tests.append(one[0])
            bounds += one[1]
        found.append((tests, bounds))
    return found


def _test(term: str, reading: Callable[[Data], Fraction | None]) -> tuple[_Test, list[Fraction]] | None:
    spread, compared = _RANGE.fullmatch(term), _COMPARED.fullmatch(term)
    if spread is not None:
        low, high = reading(spread[1]), reading(spread[3])
        if low is None or high is None:
            return None
        outside = bool(spread[2])
        return (lambda point: (low <= point <= high) is not outside), [low, high]
    bound = reading(compared[2] if compared is not None else term)
    if bound is None:
        return None
    sign = compared[1] if compared is not None else "="
    return (lambda point: _SIGNS[sign](point, bound)), [bound]


_SIGNS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    ">": lambda point, bound: point > bound,
    ">=": lambda point, bound: point >= bound,
    "<": lambda point, bound: point < bound,
    "<=": lambda point, bound: point <= bound,
    "=": lambda point, bound: point == bound,
}
