"""The page on the policy file is whole, and its example is valid."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.claims import KEYS as CLAIMS
from app.core.globs import Glob, PathGlob
from app.policy import Policy
from app.predicates import ALIASES, KEYS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/policy.md").read_text(encoding="utf-8")
SCHEMA = json.loads((ROOT / "docs/schemas/policy-v1.json").read_text(encoding="utf-8"))
HEADINGS = {word for line in re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE) for word in line.split(", ")}


def keys_of(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        properties = node.get("properties", {})
        yield from properties
        for value in node.values():
            yield from keys_of(value)
    if isinstance(node, list):
        for item in node:
            yield from keys_of(item)


# `attestations` describes its three keys in its own list.
@pytest.mark.parametrize("key", sorted(set(keys_of(SCHEMA)) - {"type", "max-age"}))
def test_every_key_has_its_heading(key: str) -> None:
    assert key in HEADINGS


@pytest.mark.parametrize("alias", sorted(ALIASES))
def test_every_short_name_of_a_type_is_named(alias: str) -> None:
    assert f"`{alias}`" in PAGE


@pytest.mark.parametrize("key", sorted(KEYS | CLAIMS))
def test_every_measure_is_named(key: str) -> None:
    first, _, last = key.removesuffix(".fixable").rpartition(".")
    assert f"`{key.removesuffix('.fixable')}`" in PAGE or (first == "vulnerabilities" and f"`.{last}`" in PAGE)


@pytest.mark.parametrize("key", sorted(KEYS | CLAIMS))
def test_the_schema_knows_every_measure(key: str) -> None:
    assert key in SCHEMA["$defs"]["scope"]["properties"]["limits"]["propertyNames"]["anyOf"][1]["enum"]


def test_the_example_is_valid() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert Policy.errors(example, {}) == ()


def rows(heading: str) -> list[tuple[list[str], list[str], list[str]]]:
    """Return patterns, names that fit and names that do not, from the table below a heading."""
    section = PAGE.split(f"### {heading}\n")[1].split("\n### ")[0]
    cells = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    first, second, third = ([re.findall(r"`([^`]+)`", row[column]) for row in cells] for column in range(3))
    return list(zip(first, second, third, strict=True))


def test_the_tables_of_patterns_are_true() -> None:
    for kind, heading in ((lambda text: Glob(text).matches, "match"), (lambda text: PathGlob(text).covers, "paths")):
        for patterns, fitting, others in rows(heading):
            for pattern in patterns:
                fits = kind(pattern)
                assert all(fits(name) for name in fitting), pattern
                assert not any(fits(name) for name in others), pattern
