"""Every form that is accepted, and what is known of a signature afterwards."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.adapters.sigstore_verifier import SigstoreVerifier
from app.core.attestation import SIGNATURE, Form, SignedStatement
from tests.adapters.sigstore_verifier.making import (
    ACCEPTED,
    CLAIMS,
    IDENTITY,
    IMAGE,
    KEY,
    OTHER_IMAGE,
    PROVENANCE,
    REFERENCE,
    SIGSTORE,
    VERIFIER,
    Accepted,
    attest,
    code,
    now,
    sign,
    verify,
)
from tests.fakes.sigstore import GITHUB, Details, with_annotations


def test_every_form_is_proved(accepted: Accepted) -> None:
    assert isinstance(verify(accepted.make(), *accepted.keys), SignedStatement)


def test_every_form_names_the_image_that_it_covers(accepted: Accepted) -> None:
    result = VERIFIER.verify(accepted.make(), (OTHER_IMAGE, IMAGE), accepted.keys)
    assert result.subject == IMAGE


def test_a_keyless_signer_is_the_certificates_identity_and_issuer() -> None:
    signer = verify(attest()).signer
    assert (signer.identity, signer.issuer, signer.key) == (IDENTITY, GITHUB, None)


def test_the_claims_are_fulcios_extensions_by_name() -> None:
    assert dict(verify(attest()).signer.claims) == CLAIMS


@pytest.mark.parametrize("identity", ["dev@acme.example", "acme!builder", "https://acme.example/x"])
def test_every_kind_of_identity_is_read(identity: str) -> None:
    assert verify(attest(SIGSTORE.signer(identity))).signer.identity == identity


def test_a_key_signer_is_the_name_that_the_policy_gave_the_key() -> None:
    assert verify(attest(KEY), KEY.public()).signer.key == "acme-key"


def test_the_predicate_is_the_object_as_written() -> None:
    assert verify(attest(predicate={"a": [1, {"b": None}]})).statement.predicate == {"a": [1, {"b": None}]}


def test_an_image_signature_in_a_bundle_has_the_type_of_a_signature() -> None:
    assert verify(sign()).statement.predicate_type == SIGNATURE


def test_a_simple_signing_layer_has_the_type_of_a_signature() -> None:
    assert verify(sign(form=Form.LEGACY_SIGNATURE)).statement.predicate_type == SIGNATURE


def test_a_simple_signing_layer_keeps_the_reference_that_was_signed() -> None:
    assert verify(sign(form=Form.LEGACY_SIGNATURE)).statement.subjects[0].name == REFERENCE


def test_the_verified_time_is_the_latest_proved_one() -> None:
    stamped = SIGSTORE.now + timedelta(minutes=3)
    assert verify(attest(tsa=True, details=Details(stamped=stamped))).verified_at == stamped


def test_a_key_signature_without_log_and_stamp_has_no_verified_time() -> None:
    assert verify(attest(KEY, rekor=0), KEY.public()).verified_at is None


@pytest.mark.parametrize(("rekor", "logged"), [(0, False), (1, True), (2, True)])
def test_it_is_logged_only_if_a_log_vouches(rekor: int, *, logged: bool) -> None:
    assert verify(attest(rekor=rekor, tsa=True)).logged is logged


def test_a_statement_of_version_0_1_is_read() -> None:
    old = Details(statement_type="https://in-toto.io/Statement/v0.1")
    assert verify(attest(details=old)).statement.predicate_type == PROVENANCE


def test_a_document_in_a_string_is_read_where_cosign_writes_it_so() -> None:
    bundle = SIGSTORE.attest(REFERENCE, IMAGE, "https://spdx.dev/Document", '{"spdxVersion": "SPDX-2.3"}', KEY)
    assert verify(bundle, KEY.public()).statement.predicate == {"spdxVersion": "SPDX-2.3"}


def test_the_first_entry_of_a_private_log_is_accepted() -> None:
    assert isinstance(verify(attest(details=Details(log_index=0))), SignedStatement)


def test_at_037_another_broken_signature_beside_a_good_one_changes_nothing() -> None:
    good, bad = attest(), attest(details=Details(sct=False))
    words = [type(verify(bundle)).__name__ for bundle in (bad, good, bad)]
    assert words == ["Rejection", "SignedStatement", "Rejection"]


def test_at_029_verification_needs_no_network_and_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    fresh = SigstoreVerifier(SIGSTORE.trusted_root_json(), now)
    assert [type(fresh.verify(attest(), (IMAGE,), ())), list(tmp_path.iterdir())] == [SignedStatement, []]


def test_a_certificate_that_has_ended_since_is_no_failure_at_a_proved_time() -> None:
    assert now() > SIGSTORE.now + timedelta(minutes=10)
    assert isinstance(verify(attest()), SignedStatement)


def test_no_two_forms_share_a_name() -> None:
    assert len({form.name for form in ACCEPTED}) == len(ACCEPTED)


def _stamped_attestation(of: Callable[[dict[str, Any], bytes], bytes]) -> str:
    """Return the code for an `.att` layer whose only time is a stamp on what `of` takes from the envelope."""
    layer = attest(form=Form.LEGACY_ATTESTATION, rekor=0, tsa=True)
    stamp = SIGSTORE.timestamps.stamp(of(json.loads(layer.content), layer.content), SIGSTORE.now)
    written = json.dumps({"SignedRFC3161Timestamp": base64.b64encode(stamp).decode()})
    return code(verify(with_annotations(layer, rfc3161timestamp=written)))


def test_a_stamp_on_the_signature_of_an_attestation_layer_counts_as_cosign_3_writes_it() -> None:
    assert _stamped_attestation(lambda read, _: base64.b64decode(read["signatures"][0]["sig"])) == "accepted"


def test_a_stamp_on_the_payload_of_an_attestation_layer_is_none_on_its_signature() -> None:
    assert _stamped_attestation(lambda read, _: base64.b64decode(read["payload"])) == "timestamp-invalid"
