"""Old against new, as both are proved today."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.history import EvidenceToday
from app.render.history.against import against_old
from tests.render.history_samples import NOON


def _said(before: object, measures: object) -> tuple[str, ...]:
    return against_old(EvidenceToday(NOON, "verified", {"before": before, "measures": measures}))


def _old(**measures: object) -> Mapping[str, object]:
    return {"signature": "absent", "measures": {key: {"value": value} for key, value in measures.items()}}


def test_without_an_old_side_nothing_is_said() -> None:
    assert _said(None, {}) == ()


def test_the_word_for_the_old_side_is_said() -> None:
    assert _said(_old(), {}) == ("before: absent",)


def test_what_is_another_measure_now_is_said() -> None:
    assert _said(_old(critical=2, high=1), {"critical": {"value": 0}, "high": {"value": 1}, "low": {"value": 3}}) == (
        "before: absent",
        "critical: 2 → 0",
        "low: not known → 3",
    )


def test_measures_that_are_none_are_not_known() -> None:
    assert _said({"signature": "unknown", "measures": None}, None) == ("before: unknown",)


def test_a_long_list_is_cut_and_says_so() -> None:
    found = _said(_old(**{f"m{number}": number for number in range(8)}), {})
    assert (len(found), found[-1]) == (7, "3 more measures differ")
