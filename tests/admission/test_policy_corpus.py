"""Real commits that changed policies: none that loosens one is ever called stronger or neutral."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app import admission
from app.core.policy_edit import Effect, combined
from app.core.tree import File
from tests.conftest import DATA

pytestmark = pytest.mark.needs_data

ENGINES = {
    "cip": "cluster_image_policy",
    "gatekeeper": "gatekeeper",
    "kyverno": "kyverno",
    "kyverno-ivpol": "kyverno",
    "kyverno-polex": "kyverno",
    "kyverno-vpol": "kyverno",
    "mwc": "webhook_configuration",
    "namespace-label": "pod_security",
    "psa": "pod_security",
    "ratify": "ratify",
    "trustroot": "trust_root",
    "vap": "validating_admission_policy",
    "vapb": "validating_admission_policy",
    "vwc": "webhook_configuration",
}
"""The engine of each family of records."""

LABELS = {
    "loosens": Effect.WEAKER,
    "tightens": Effect.STRONGER,
    "neutral": Effect.NEUTRAL,
    "undetermined": Effect.CANNOT_TELL,
}
GUARDED = (Effect.WEAKER, Effect.CANNOT_TELL)
Scored = tuple[str, Effect, Effect]


@cache
def scored() -> tuple[Scored, ...]:
    """Return id, label and our word of each record of a family whose engine there is."""
    known = {engine.NAME for engine in admission.ENGINES}
    with gzip.open(Path(DATA) / "policies/dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return tuple((one["id"], LABELS[one["label"]], _found(one)) for one in records if ENGINES[one["tags"][0]] in known)


def _found(record: dict[str, Any]) -> Effect:
    files = [record, *record["related"]]
    sides = ([File(one["path"], one[side]) for one in files if one[side] is not None] for side in ("base", "head"))
    return combined(edit.effect for edit in admission.compare(*sides))


def test_nothing_that_loosens_or_is_undetermined_is_called_stronger_or_neutral() -> None:
    assert [one for one, label, found in scored() if label in GUARDED and found not in GUARDED] == []


def test_at_most_one_in_twenty_false_alarms() -> None:
    calm = [found for _, label, found in scored() if label not in GUARDED]
    assert calm.count(Effect.WEAKER) <= len(calm) * 0.05


def test_at_most_one_in_four_cannot_be_told() -> None:
    told = [found for _, label, found in scored() if label is not Effect.CANNOT_TELL]
    assert told.count(Effect.CANNOT_TELL) <= len(told) * 0.25


def test_there_are_records() -> None:
    assert len(scored()) >= 119
