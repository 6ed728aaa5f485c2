"""NIST's own schema of OSCAL assessment results."""

from __future__ import annotations

import gzip
import json
from functools import cache

import jsonschema_rs

from tests.conftest import ROOT


@cache
def _validator() -> jsonschema_rs.Draft7Validator:
    packed = (ROOT / "tests/data/oscal/oscal_assessment-results_schema.json.gz").read_bytes()
    return jsonschema_rs.Draft7Validator(json.loads(gzip.decompress(packed)))


def faults(written: str) -> list[str]:
    """What the schema finds wrong with a document."""
    return [str(error) for error in _validator().iter_errors(json.loads(written))]
