"""A few hundred changed fields, compared with sigstore-python; the program in `bench` makes thousands."""

from __future__ import annotations

import pytest

from bench.differential import Report, compared, private_bases


@pytest.fixture(scope="module")
def report() -> Report:
    return compared([list(private_bases())], 400, seed=11)


def test_every_disagreement_with_sigstore_python_has_a_reviewed_explanation(report: Report) -> None:
    assert report.unexplained == {}


def test_no_changed_field_raises(report: Report) -> None:
    assert report.raised == []


def test_the_comparison_meets_both_acceptance_and_refusal(report: Report) -> None:
    assert min(report.counts["both accept"], report.counts["both refuse"]) > 0
