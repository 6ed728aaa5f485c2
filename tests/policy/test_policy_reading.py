"""The reader: what it accepts, what it refuses, where, and that the published schema says the same."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import yaml
from app.core.errors import PolicyError, Unreadable
from app.policy import Policy, PolicyFiles
from app.policy.reading.keys import KeyFault, read_key
from tests.policy.files_table import HEAD, VALID, WRONG, Wrong, pattern, review, scope, signer
from tests.policy.samples import ISSUER, policy, public_key, text

SCHEMA = jsonschema_rs.validator_for(
    json.loads((Path(__file__).parents[2] / "docs/schemas/policy-v1.json").read_text(encoding="utf-8"))
)


def plain(node: yaml.Node) -> object:
    """Turn nodes into what an editor's YAML reader gives to a schema."""
    if isinstance(node, yaml.Mapping):
        return {entry.key.text: plain(entry.value) for entry in node.entries}
    if isinstance(node, yaml.Sequence):
        return [plain(item) for item in node.items]
    if node.null:
        return None
    if node.plain and node.text in ("true", "false"):
        return node.text == "true"
    for kind in (int, float):
        try:
            # Some readers of YAML take 01 for a number, some for a text; neither is our 1.
            return (
                kind(node.text)
                if (node.plain and not node.text.startswith("0")) or (node.text == "0" and node.plain)
                else node.text
            )
        except ValueError:
            continue
    return node.text


@pytest.mark.parametrize("written", VALID)
def test_a_valid_file_has_no_fault(written: str) -> None:
    assert Policy.errors(written, None) == ()


@pytest.mark.parametrize("wrong", WRONG)
def test_a_fault_is_said_once_with_its_line(wrong: Wrong) -> None:
    errors = Policy.errors(wrong.text, None)
    assert len(errors) == 1, errors
    assert errors[0].startswith(f".github/assay.yml:{wrong.line}: ")
    assert wrong.words in errors[0]


@pytest.mark.parametrize("wrong", WRONG)
def test_at_011_a_file_with_any_fault_judges_nothing(wrong: Wrong) -> None:
    with pytest.raises(PolicyError) as raised:
        Policy.parse(PolicyFiles(wrong.text, keys={"k.pub": public_key()}))
    assert raised.value.line == wrong.line


@pytest.mark.parametrize("written", VALID)
def test_the_schema_accepts_what_the_reader_accepts(written: str) -> None:
    assert [str(error) for error in SCHEMA.iter_errors(plain(yaml.read(written)[0]))] == []


@pytest.mark.parametrize("wrong", [one for one in WRONG if one.seen])
def test_the_schema_refuses_what_it_can_see(wrong: Wrong) -> None:
    documents = yaml.read(wrong.text)
    assert not SCHEMA.is_valid(plain(documents[0]) if documents else None)


@pytest.mark.parametrize("wrong", [one for one in WRONG if not one.seen])
def test_what_the_schema_is_said_not_to_see_it_does_not_see(wrong: Wrong) -> None:
    try:
        documents = yaml.read(wrong.text)
    except Unreadable:
        return  # a text that is no YAML is seen by no schema
    assert SCHEMA.is_valid(plain(documents[0]))


def test_all_faults_are_said_at_once_in_the_order_of_lines() -> None:
    errors = Policy.errors("version: 3\nmode: x\nfoo: 1\n", None)
    assert [error.split(":")[1] for error in errors] == ["1", "2", "3"]


def test_the_error_says_how_many_more_there_are() -> None:
    with pytest.raises(PolicyError, match=r"assay.yml:1: version .*\(and 2 more: `assay validate` shows all\)"):
        policy("version: 3\nmode: x\nfoo: 1\n")


def test_a_wrong_signer_is_one_fault_and_its_uses_none() -> None:
    errors = Policy.errors(
        "version: 1\nsigners: {a: {identity: x}}\nimages: [{match: [a.io/x], signature: [a]}]\n", None
    )
    assert len(errors) == 1


# --- keys

KEYED = text("signature: [a]", signers="signers:\n  a: {key: keys/a.pub}\n")


def test_the_key_files_that_a_text_names_are_needed() -> None:
    assert Policy.needs(KEYED) == {"keys/a.pub"}


@pytest.mark.parametrize("broken", [None, "", "version: [", "version: 1\n"])
def test_a_broken_or_absent_text_needs_no_file(broken: str | None) -> None:
    assert Policy.needs(broken) == frozenset()


@pytest.mark.parametrize("kind", [str, str.encode])
def test_a_key_file_that_is_a_public_key_is_taken(kind: type) -> None:
    assert Policy.errors(KEYED, {"keys/a.pub": kind(public_key())}) == ()


@pytest.mark.parametrize("keys", [{}, {"keys/a.pub": None}, {"keys/a.pub": ""}])
def test_a_key_file_that_is_missing_is_a_fault(keys: dict[str, str | None]) -> None:
    (error,) = Policy.errors(KEYED, keys)
    assert "is not there or cannot be read" in error


RSA_1024 = """-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDdlatRjRjogo3WojgGHFHYLugd
UWAY9iR3fy4arWNA1KoS8kVw33cJibXr8bvwUAUparCwlvdbH6dvEOfou0/gCFQs
HUfQrSDv+MuSUMAe8jzKE4qW+jK+xQU9a03GUnKHkkle+Q0pX/g6jXZ7r1/xAK5D
o2kQ+X5xK9cipRgEKwIDAQAB
-----END PUBLIC KEY-----
"""
X25519 = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VuAyEAhSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=
-----END PUBLIC KEY-----
"""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("hello", "is not one public key in PEM"),
        (public_key() * 2, "is not one public key in PEM"),
        (public_key()[:60], "is not one public key in PEM"),
        (public_key() + "x" * 20_000, "is not one public key in PEM"),
        (b"\xff\xfe", "is not one public key in PEM"),
        ("-----BEGIN EC PRIVATE KEY-----\n", "holds a private key"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "is not one public key in PEM"),
        (RSA_1024, "is a kind of key that is not accepted"),
        (X25519, "is a kind of key that is not accepted"),
    ],
)
def test_a_key_file_that_is_no_strong_public_key_is_a_fault(content: str | bytes, words: str) -> None:
    (error,) = Policy.errors(KEYED, {"keys/a.pub": content})
    assert words in error


def test_one_key_has_one_spelling_and_one_fingerprint() -> None:
    pem = public_key()
    first, second = read_key(pem), read_key("\n" + pem.replace("\n", "\r\n").encode().decode())
    assert first == second
    assert not isinstance(first, KeyFault)


def test_a_key_may_stand_in_the_policy_itself() -> None:
    inline = "".join(f"      {line}\n" for line in public_key().splitlines())
    written = text("signature: [a]", signers=f"signers:\n  a:\n    key: |\n{inline}")
    assert Policy.needs(written) == frozenset()
    assert len(policy(written).keys) == 1


def test_a_floor_holds_its_keys_itself() -> None:
    (error,) = Policy.errors(KEYED, {}, path="floor", floor=True)
    assert "must stand in the floor itself" in error


def test_a_floor_may_forbid_solo() -> None:
    assert Policy.errors("version: 1\nallow-solo: false\n", {}, floor=True) == ()


# --- values

FULL = text(
    "signature: [release]\nlimits: {vulnerabilities.critical: 0}\nonly-fixable: true\n"
    "no-regression: [vulnerabilities.high]"
)


def test_a_scope_without_a_name_is_called_by_its_first_pattern() -> None:
    found = policy('version: 1\nimages: [{match: ["ghcr.io/b/**", "ghcr.io/a/**"]}]\n').in_force.scopes[0]
    assert found.label == "ghcr.io/b/**"


def test_only_fixable_judges_the_measures_of_vulnerabilities_with_a_fix() -> None:
    assert policy(FULL).in_force.scopes[0].limited == {"vulnerabilities.critical.fixable": 0}


def test_a_limit_that_names_the_fixable_ones_stays_as_it_is() -> None:
    written = scope("limits: {vulnerabilities.critical.fixable: 0, hardening.user: a}\n    only-fixable: true")
    assert policy(written).in_force.scopes[0].limited == {"vulnerabilities.critical.fixable": 0, "hardening.user": "a"}


def test_teams_and_users_are_in_lower_case() -> None:
    entry = policy(review('paths: ["/a"], teams: [Acme/Sec], users: [Alice]')).in_force.reviews[0]
    assert (entry.reviewers.teams, entry.reviewers.users) == (("acme/sec",), ("alice",))


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=80)
    | st.lists(st.sampled_from([*HEAD.split(), "images:", "- ", "  ", "\n", "[", "{", "match:", ": "])).map("".join)
)
def test_any_text_is_read_or_raises_a_policy_error(written: str) -> None:
    try:
        policy(written)
    except PolicyError as error:
        assert error.sentence  # noqa: PT017 - what is raised otherwise fails the test


MUTABLE = st.sampled_from(VALID)


@settings(max_examples=200, deadline=None)
@given(MUTABLE, st.data())
def test_a_file_with_a_piece_cut_out_is_read_or_raises_a_policy_error(written: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(written)))
    end = data.draw(st.integers(start, len(written)))
    try:
        Policy.parse(PolicyFiles(written[:start] + written[end:], keys={}))
    except PolicyError as error:
        assert error.path == ".github/assay.yml"  # noqa: PT017 - likewise


# --- rows of the catalogue of attacks


@pytest.mark.parametrize(
    "fields", ["identity: 'https://github.com/acme/x'", f"issuer: '{ISSUER}'", "identity-pattern: 'a@b\\.com'", ""]
)
def test_at_015_an_identity_without_issuer_or_the_reverse_is_an_error(fields: str) -> None:
    assert Policy.errors(signer(fields), None)


@pytest.mark.parametrize("key", ["ignoreTlog", "ignoreSCT", "ignore-tlog", "insecure-ignore-tlog", "skip-expiry"])
def test_at_021_there_is_no_switch_that_skips_a_check(key: str) -> None:
    for written in (signer(f"key: k.pub, {key}: true"), scope(f"{key}: true"), f"version: 1\n{key}: true\n"):
        (error,) = Policy.errors(written, None)
        assert f"unknown key `{key}`" in error


@pytest.mark.parametrize("count", ["0", "-1", "true", '"1"', "null"])
def test_at_025_a_threshold_of_nothing_is_an_error(count: str) -> None:
    (error,) = Policy.errors(review(f'paths: ["/a"], permission: write, count: {count}'), None)
    assert "count must be a whole number from 1 to 20" in error


def test_a_refused_pattern_is_not_written_to_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    assert Policy.errors(pattern("(never seen before"), None)
    assert capfd.readouterr().err == ""
