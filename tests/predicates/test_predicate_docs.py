"""The page about predicates names every type, measure and short name, and its example is one."""

from __future__ import annotations

import json
import pkgutil

import jsonschema_rs
import pytest

from app import predicates
from app.predicates import ALIASES, PREDICATES, hardening, read_posture
from tests.conftest import ROOT
from tests.predicates.statements import trusted

PAGE = (ROOT / "docs/predicates.md").read_text(encoding="utf-8")
MODULES = sorted(
    one.name for one in pkgutil.iter_modules(predicates.__path__) if one.name not in ("base", "excusing", "merging")
)


@pytest.mark.parametrize("name", MODULES)
def test_each_predicate_has_its_heading(name: str) -> None:
    assert f"\n## {name}\n" in PAGE


def test_each_module_is_in_the_table() -> None:
    assert len(MODULES) == len(PREDICATES)


@pytest.mark.parametrize("alias", sorted(ALIASES))
def test_each_short_name_is_described(alias: str) -> None:
    assert f"`{alias}`" in PAGE


@pytest.mark.parametrize("key", sorted(hardening.KEYS))
def test_each_measure_of_hardening_is_described(key: str) -> None:
    assert f"`{key}`" in PAGE


def test_the_example_is_read_whole_and_valid() -> None:
    example = json.loads(PAGE.partition("```json\n")[2].partition("```")[0])
    schema = json.loads((ROOT / "docs/schemas/hardening-v1.json").read_text(encoding="utf-8"))
    posture = read_posture([trusted("https://assay.dev/hardening/v1", example)])
    assert jsonschema_rs.Draft202012Validator(schema).is_valid(example)
    assert posture.measures.keys() == hardening.KEYS
