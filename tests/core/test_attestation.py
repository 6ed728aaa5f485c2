"""Evidence, signers and the seven words."""

from __future__ import annotations

from app.core.attestation import Answer, Signer, Word
from tests.policy.samples import FAILED, evidence, lookup


def test_there_are_seven_words_and_no_other() -> None:
    assert [word.value for word in Word] == [
        "verified",
        "untrusted signer",
        "invalid",
        "absent",
        "unreadable",
        "unknown",
        "not required",
    ]


def test_the_failed_places_are_those_that_did_not_answer() -> None:
    places = (lookup(), FAILED, lookup("manifest", Answer.NOT_THERE))
    assert evidence(lookups=places).failed == (FAILED,)


def test_a_signer_is_shown_by_identity_and_else_by_key() -> None:
    assert Signer("https://issuer.example", "me@example.com").label == "me@example.com"
    assert Signer(key="release").label == "key release"
