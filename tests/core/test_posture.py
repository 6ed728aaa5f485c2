"""Two postures are compared key by key, and numbers only when they measure the same thing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.core.oci import Platform
from app.core.posture import Basis, Better, Measure, MeasureChange, Posture, Trend, Value, diff

DAY = datetime(2026, 11, 22, 10, tzinfo=UTC)
BASIS = Basis(Platform("linux", "amd64"), "trivy", DAY)


def measure(value: Value, better: Better = Better.LOWER, basis: Basis | None = BASIS) -> Measure:
    return Measure("key", "label", value, better, "type", basis=basis)


def compared(old: Measure | None, new: Measure | None) -> MeasureChange:
    before = Posture({} if old is None else {"key": old})
    after = Posture({} if new is None else {"key": new})
    (change,) = diff(before, after)
    return change


@pytest.mark.parametrize(
    ("old", "new", "better", "trend"),
    [
        (3, 1, Better.LOWER, Trend.BETTER),
        (1, 3, Better.LOWER, Trend.WORSE),
        (3, 3, Better.LOWER, Trend.SAME),
        (1, 3, Better.HIGHER, Trend.BETTER),
        (3, 1, Better.HIGHER, Trend.WORSE),
        (1, 3, Better.NEITHER, Trend.CHANGED),
        (True, False, Better.LOWER, Trend.BETTER),
        (False, True, Better.LOWER, Trend.WORSE),
        ("a", "b", Better.NEITHER, Trend.CHANGED),
        ("a", "b", Better.LOWER, Trend.CHANGED),
        (frozenset("a"), frozenset("ab"), Better.NEITHER, Trend.CHANGED),
    ],
)
def test_the_trend_follows_the_way_that_is_better(old: Value, new: Value, better: Better, trend: Trend) -> None:
    assert compared(measure(old, better), measure(new, better)).trend is trend


def test_a_measure_that_only_the_new_side_has_is_gained() -> None:
    assert compared(None, measure(0)) == MeasureChange("key", "label", None, measure(0), Trend.GAINED)


def test_a_measure_that_only_the_old_side_has_is_lost_even_when_it_was_bad() -> None:
    assert compared(measure(99), None) == MeasureChange("key", "label", measure(99), None, Trend.LOST)


@pytest.mark.parametrize(
    ("basis", "why"),
    [
        (None, "a scan does not say which platform it looked at"),
        (Basis(None, "trivy", DAY), "a scan does not say which platform it looked at"),
        (Basis(Platform("linux", "arm64"), "trivy", DAY), "the scans looked at different platforms"),
        (Basis(BASIS.platform, None, DAY), "a scan does not say which scanner made it"),
        (Basis(BASIS.platform, "grype", DAY), "different scanners"),
        (Basis(BASIS.platform, "trivy", None), "a scan does not say how old its database is"),
        (Basis(BASIS.platform, "trivy", DAY - timedelta(days=1)), "the scanners' databases are 1 day apart"),
        (Basis(BASIS.platform, "trivy", DAY + timedelta(days=40)), "the scanners' databases are 40 days apart"),
    ],
)
def test_numbers_of_scans_that_differ_are_not_comparable_and_the_reason_is_said(basis: Basis | None, why: str) -> None:
    assert compared(measure(12), measure(3, basis=basis)) == MeasureChange(
        "key", "label", measure(12), measure(3, basis=basis), Trend.NOT_COMPARABLE, why
    )


def test_the_reason_does_not_depend_on_which_side_it_comes_from() -> None:
    silent = Basis(BASIS.platform, "trivy", None)
    assert (
        compared(measure(1, basis=silent), measure(1)).why
        == compared(measure(1), measure(1, basis=silent)).why
        == "a scan does not say how old its database is"
    )


def test_databases_of_the_same_day_in_utc_are_comparable() -> None:
    other = Basis(BASIS.platform, "trivy", datetime.fromisoformat("2026-11-23T01:00:00+02:00"))
    assert compared(measure(2), measure(1, basis=other)).trend is Trend.BETTER


def test_equal_numbers_of_different_scanners_are_not_the_same() -> None:
    other = Basis(BASIS.platform, "grype", DAY)
    assert compared(measure(1), measure(1, basis=other)).trend is Trend.NOT_COMPARABLE


def test_measures_without_a_basis_need_none() -> None:
    assert compared(measure(2, basis=None), measure(1, basis=None)).trend is Trend.BETTER


@pytest.mark.parametrize("new", [measure("1", Better.LOWER), measure(value=True), measure(1, Better.HIGHER)])
def test_values_of_different_kinds_are_not_comparable(new: Measure) -> None:
    assert compared(measure(1), new).why == "the two sides measure different things"


def test_the_answer_is_sorted_by_key() -> None:
    one = measure(1)
    found = diff(Posture({"b": one, "a": one}), Posture({"c": one}))
    assert [change.key for change in found] == ["a", "b", "c"]


def test_a_posture_differs_from_itself_in_nothing() -> None:
    posture = Posture({"a": measure(1), "b": measure("x", Better.NEITHER, None)})
    assert {change.trend for change in diff(posture, posture)} == {Trend.SAME}
