"""No tampering with any accepted form is accepted."""

from __future__ import annotations

import pytest

from app.adapters.sigstore_verifier.reasons import REASONS
from app.core.attestation import Rejection, Word
from tests.adapters.sigstore_verifier.making import ACCEPTED
from tests.adapters.sigstore_verifier.tampering import Tampered, tamperings

ALL = [tampered for form in ACCEPTED for tampered in tamperings(form)]


@pytest.fixture(params=ALL, ids=lambda tampered: tampered.name)
def tampered(request: pytest.FixtureRequest) -> Tampered:
    return request.param


def test_a_tampering_is_refused_for_a_reason_of_ours(tampered: Tampered) -> None:
    result = tampered.verifier.verify(tampered.bundle, (tampered.subject,), tampered.keys)
    assert isinstance(result, Rejection)
    assert result.code in REASONS.keys() - {"internal", "oracle-disagrees"}


def test_the_generator_makes_hundreds() -> None:
    assert len(ALL) > 900


def test_every_reason_has_a_word_that_a_rejection_may_have() -> None:
    words = {word for word, _ in REASONS.values()}
    assert words == {Word.INVALID, Word.UNREADABLE, Word.UNTRUSTED_SIGNER}
