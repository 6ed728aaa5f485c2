"""The health of the whole, and that what was not looked at is no pass."""

from __future__ import annotations

import pytest

from app.core.diagnosis import Diagnosis, Health, until, worst


def found(*health: Health) -> list[Diagnosis]:
    return [Diagnosis("area", f"{number}", one, "a sentence") for number, one in enumerate(health)]


def test_the_worst_counts() -> None:
    assert worst(found(Health.FINE, Health.UNKNOWN, Health.LOOK)) is Health.UNKNOWN


def test_of_nothing_nothing_is_wrong() -> None:
    assert worst([]) is Health.FINE


def test_what_is_found_in_time_is_told_as_it_is() -> None:
    assert list(until(found(Health.FINE, Health.LOOK), lambda: False)) == found(Health.FINE, Health.LOOK)


@pytest.mark.parametrize(("first", "whole"), [(Health.FINE, Health.UNKNOWN), (Health.WRONG, Health.WRONG)])
def test_what_there_was_no_time_for_is_no_pass(first: Health, whole: Health) -> None:
    told = list(until(found(first, Health.FINE, Health.FINE), lambda: True))
    assert (len(told), worst(told)) == (2, whole)
