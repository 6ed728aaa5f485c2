"""The text of an evidence file: equal facts give equal bytes, and every one keeps to the schema."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.assessment import AssessedChange, PolicyIdentity
from app.core.attestation import Form, SignedStatement, Statement, TrustedStatement, Word
from app.core.inventory import ImageChange, ImageVersion
from app.core.posture import Better, Measure, Value
from app.formats import find_images
from app.render.evidence_file import evidence_files as some_files
from app.render.evidence_file import manifests, message
from tests.render.samples import (
    NOON,
    SIGNER,
    SLSA,
    all_clear,
    assessed,
    blocked,
    change,
    counts,
    digest,
    hostile,
    image,
)

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schemas/assay.evidence-file-v1.json").read_text("utf-8"))
POLICY = PolicyIdentity("b" * 40, ".github/assay.yml", None, digest="d" * 64)
OLD, NEW = ImageVersion("1", digest("a")), ImageVersion("2", digest("b"))


def moved(*paths: str, name: str = "ghcr.io/acme/api") -> ImageChange:
    return change(name, OLD, NEW, paths or ("deploy.yaml",))


def known(changed: ImageChange, *trusted: TrustedStatement) -> AssessedChange:
    after = image(changed, Word.VERIFIED, counts(0, 1, 2, 3), provenance=Word.VERIFIED)
    return assessed(changed, image(changed, Word.VERIFIED, old=True), replace(after, trusted=trusted))


def statement(kind: str = SLSA, sha: str = "e") -> TrustedStatement:
    signed = SignedStatement(
        Statement(kind, (), {}),
        SIGNER,
        digest("b"),
        Form.BUNDLE,
        "referrers",
        NOON,
        logged=True,
        digest=f"sha256:{sha * 64}",
    )
    return TrustedStatement(signed)


def evidence_files(changes: Sequence[AssessedChange], policy: PolicyIdentity) -> Mapping[str, str]:
    """Every file that there is."""
    return some_files(changes, policy, manifests(changes))


def said(files: Mapping[str, str], path: str = "deploy.yaml.assay.json") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files[path])
    return found


@pytest.mark.parametrize("sample", [all_clear(), blocked(), hostile()])
def test_every_file_keeps_to_the_schema(sample: Any) -> None:  # noqa: ANN401 - an assessment
    for text in evidence_files(sample.changes, sample.policy).values():
        jsonschema_rs.validator_for(SCHEMA).validate(json.loads(text))


@pytest.mark.parametrize("sample", [all_clear(), blocked(), hostile()])
def test_no_file_uses_an_image(sample: Any) -> None:  # noqa: ANN401 - an assessment
    for path, text in evidence_files(sample.changes, sample.policy).items():
        assert find_images(path, text) == ()


def test_each_manifest_has_its_own_file() -> None:
    changes = (known(moved("a.yaml", "b.yaml")), known(moved("b.yaml", name="ghcr.io/acme/web")))
    files = evidence_files(changes, POLICY)
    assert {path: len(json.loads(text)["images"]) for path, text in files.items()} == {
        "a.yaml.assay.json": 1,
        "b.yaml.assay.json": 2,
    }


@given(st.permutations(range(4)), st.permutations(range(3)))
@settings(max_examples=40, deadline=None)
def test_the_order_in_which_things_were_found_changes_no_byte(order: list[int], found: list[int]) -> None:
    statements = (statement(), statement("https://spdx.dev/Document"), statement(sha="f"))
    names = [f"ghcr.io/acme/{name}" for name in ("api", "web", "db", "cache")]

    def written(order: list[int], found: list[int]) -> str:
        trusted = [statements[place] for place in found]
        changes = [known(moved(name=names[place]), *trusted, *trusted[:1]) for place in order]
        return evidence_files(changes, POLICY)["deploy.yaml.assay.json"]

    assert written(order, found) == written([0, 1, 2, 3], [0, 1, 2])


def test_neither_the_commit_of_the_policy_nor_a_clock_is_in_it() -> None:
    one = evidence_files([known(moved())], POLICY)
    other = evidence_files([known(moved())], replace(POLICY, commit="c" * 40, floor_commit="f" * 40))
    assert one == other


def test_another_policy_gives_another_file() -> None:
    other = evidence_files([known(moved())], replace(POLICY, digest="c" * 64))
    assert other != evidence_files([known(moved())], POLICY)


def test_a_policy_that_is_only_a_floor_is_named_as_such() -> None:
    files = evidence_files([known(moved())], PolicyIdentity("b" * 40, None, "f" * 40, floor_digest="e" * 64))
    assert said(files)["policy"] == {"path": None, "sha256": None, "floor_sha256": "e" * 64}


def test_what_was_relied_on_is_named_by_its_bytes() -> None:
    (one,) = said(evidence_files([known(moved(), statement())], POLICY))["images"][0]["statements"]
    assert (one["digest"], one["verified_at"]) == (f"sha256:{'e' * 64}", NOON.isoformat())


def test_a_statement_without_a_time_or_a_hash_says_so() -> None:
    bare = TrustedStatement(replace(statement(), verified_at=None, digest=""))
    (one,) = said(evidence_files([known(moved(), bare)], POLICY))["images"][0]["statements"]
    assert (one["digest"], one["verified_at"]) == (None, None)


def test_measures_of_every_kind_are_written() -> None:
    values: dict[str, Value] = {"a": 1, "b": True, "c": "text", "d": frozenset({"y", "x"})}
    measures = {key: Measure(key, key, value, Better.NEITHER, SLSA) for key, value in values.items()}
    changed = moved()
    one = assessed(changed, None, image(changed, Word.VERIFIED, measures))
    assert said(evidence_files([one], POLICY))["images"][0]["measures"] == values | {"d": ["x", "y"]}


def test_no_text_of_others_turns_or_hides_a_line() -> None:
    value = "a\u202eb\u2028\x85\U0001f600é\ud800"
    changed = moved()
    one = assessed(changed, None, image(changed, Word.VERIFIED, {"a": Measure("a", "a", value, Better.NEITHER, SLSA)}))
    text = evidence_files([one], POLICY)["deploy.yaml.assay.json"]
    assert text.isascii()
    assert all(line.isprintable() for line in text.split("\n"))
    assert json.loads(text)["images"][0]["measures"] == {"a": value.replace("\ud800", "\\ud800")}


def test_an_image_without_a_digest_says_so() -> None:
    changed = change("ghcr.io/acme/api", OLD, ImageVersion("2", None))
    found = image(changed, Word.UNKNOWN)
    assert said(evidence_files([assessed(changed, None, found)], POLICY))["images"][0]["digest"] is None


def test_an_image_that_is_removed_has_no_file() -> None:
    gone = change("ghcr.io/acme/api", OLD, None)
    assert evidence_files([AssessedChange(gone, image(gone, Word.VERIFIED, old=True), None, ())], POLICY) == {}


def test_what_is_named_as_a_file_has_none_of_its_own() -> None:
    changes = [known(moved("evil.assay.json"))]
    assert manifests(changes) == frozenset()
    assert some_files(changes, POLICY, ["evil.assay.json"]) == {}


def test_only_what_is_wanted_is_made() -> None:
    assert list(some_files([known(moved("a.yaml", "b.yaml"))], POLICY, ["b.yaml", "c.yaml"])) == ["b.yaml.assay.json"]


def test_one_image_in_two_places_is_told_once() -> None:
    other = replace(moved(), before=ImageVersion("0", None))
    assert len(said(evidence_files([known(moved()), known(other)], POLICY))["images"]) == 1


@pytest.mark.parametrize(("floor", "told"), [(None, False), ("f" * 40, True)])
def test_the_message_says_what_was_judged_by_what(floor: str | None, *, told: bool) -> None:
    headline, body = message("a" * 40, replace(POLICY, floor_commit=floor))
    assert "\n" not in headline
    assert f"Judged-head: {'a' * 40}\nPolicy: {'b' * 40}\n" in body
    assert (f"Floor: {'f' * 40}\n" in body) is told
