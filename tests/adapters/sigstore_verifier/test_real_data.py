"""Every case of real signed data through the Verifier: the verdict, and what was proved, as upstream expects."""

from __future__ import annotations

from datetime import datetime

import pytest

from app.core.attestation import Rejection, SignedStatement
from app.core.oci import Digest
from tests.adapters.sigstore_verifier.cases import DATA, Case, cases, now

pytestmark = pytest.mark.needs_data

ALL = cases()
ACCEPTED = [case for case in ALL if case.accepted]
REFUSED = [case for case in ALL if not case.accepted]
SLSA = [case for case in ALL if "legacy-oci/slsa-verifier" in case.id]

# Our code for each reason that was measured upstream; a step may be reached earlier by ours.
REASONS = {
    "malformed": {"malformed", "no-certificate", "unknown-key"},
    "bundle_version": {"bundle-version"},
    "root_in_bundle": {"root-in-bundle"},
    "tlog_unknown": {"log-unknown"},
    "tlog_proof": {"log-proof-missing", "log-inclusion-invalid", "signature-invalid"},
    "inclusion": {"log-inclusion-invalid"},
    "checkpoint": {"log-checkpoint-malformed", "log-checkpoint-mismatch", "log-checkpoint-invalid"},
    "set_signature": {"log-promise-invalid"},
    "entry_mismatch": {"log-entry-mismatch", "log-entry-malformed", "signature-invalid"},
    # One of these bundles holds a stamp whose base64 is broken into lines, which is refused before its time is read.
    "cert_chain": {"certificate-expired", "malformed"},
    "sct": {"sct-log-unknown", "sct-invalid"},
    "key_needed": {"unknown-key"},
    "message_digest": {"artifact-mismatch"},
    "no_time": {"no-verified-time"},
    "tsa_untrusted": {"timestamp-invalid", "timestamp-authority-expired"},
    "tsa_malformed": {"timestamp-malformed"},
    "trusted_root": {"trusted-root"},
}


def ids(case: Case) -> str:
    return case.id


@pytest.mark.parametrize("case", ACCEPTED, ids=ids)
def test_a_genuine_signature_is_accepted(case: Case) -> None:
    result = case.verify()
    assert not isinstance(result, Rejection), result


@pytest.mark.parametrize("case", REFUSED, ids=ids)
def test_what_upstream_refuses_is_refused_for_the_same_reason(case: Case) -> None:
    result = case.verify()
    assert isinstance(result, Rejection)
    assert result.code in REASONS[case.measured["reason"]]


@pytest.mark.parametrize("case", ACCEPTED, ids=ids)
def test_the_signer_is_whom_upstream_measured(case: Case) -> None:
    signer, expected = case.verify().signer, case.measured["signer"]
    if "key_sha256" in expected:
        assert signer.key in {key.name for key in case.keys}
    else:
        assert (signer.issuer, [signer.identity]) == (expected["issuer"], expected["san"])


@pytest.mark.parametrize("case", ACCEPTED, ids=ids)
def test_the_verified_time_is_the_latest_that_upstream_measured(case: Case) -> None:
    times = [datetime.fromisoformat(time) for _, time in case.measured["times"]]
    assert case.verify().verified_at == max(times)


@pytest.mark.parametrize("case", ACCEPTED, ids=ids)
def test_it_is_logged_where_upstream_found_an_entry(case: Case) -> None:
    assert case.verify().logged is (case.measured["entry"] != "none")


@pytest.mark.parametrize("case", SLSA, ids=ids)
def test_a_real_layout_names_the_source_repository(case: Case) -> None:
    claims = case.verify().signer.claims
    assert claims["sourceRepositoryURI"] == "https://github.com/slsa-framework/example-package"


@pytest.mark.parametrize("case", SLSA, ids=ids)
def test_a_real_layout_is_refused_for_another_image(case: Case) -> None:
    result = case.verifier().verify(case.layer, (Digest("0" * 64),), ())
    assert result.code == "subject-mismatch"


@pytest.mark.parametrize("case", SLSA, ids=ids)
def test_a_real_layout_is_a_statement_about_its_image(case: Case) -> None:
    result = case.verify()
    assert isinstance(result, SignedStatement)
    assert result.subject == case.layer.subject


def test_the_conformance_cases_are_all_there() -> None:
    assert sum(case.conformance for case in ALL) == 70


def test_there_are_as_many_cases_as_the_data_says() -> None:
    assert len(ALL) == 129


def test_the_layouts_of_the_slsa_verifier_are_there() -> None:
    assert len(SLSA) == 5


def test_the_data_was_measured_before_the_clock_of_these_tests() -> None:
    assert (DATA / "cases.json").read_text().find(now().date().isoformat()) > 0
