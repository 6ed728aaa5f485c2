"""cosign's short names for predicate types mean what they mean to cosign."""

from __future__ import annotations

import pytest

from app.cli.cosign_types import COSIGN_TYPES, predicate_type


@pytest.mark.parametrize("name", sorted(COSIGN_TYPES))
def test_a_name_of_cosign_stands_for_one_full_type(name: str) -> None:
    assert predicate_type(name).startswith("https://")


@pytest.mark.parametrize("written", ["slsa-provenance", "spdx", "cyclonedx", "openvex", "https://example.com/v1", ""])
def test_assays_own_names_and_full_types_stay_as_they_are(written: str) -> None:
    assert predicate_type(written) == written


def test_cosigns_older_and_newer_provenance_are_two_types() -> None:
    assert predicate_type("slsaprovenance1") != predicate_type("slsaprovenance")
