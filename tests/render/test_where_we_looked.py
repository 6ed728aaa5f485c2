"""What a place answered, in words: an answer that is less than it looks like says so."""

from __future__ import annotations

import pytest

from app.core.attestation import Answer, Lookup
from app.render.words import answered, leaves_open


@pytest.mark.parametrize(
    ("answer", "code", "claims", "said", "open_"),
    [
        (Answer.FOUND, "", False, "found", False),
        (Answer.NOT_THERE, "", False, "not there", False),
        (Answer.FAILED, "timeout", False, "failed", True),
        (Answer.NOT_THERE, "not-asked", False, "not asked", True),
        (Answer.NOT_THERE, "manifest-absent", False, "not there", False),
        (Answer.FOUND, "unread-form", False, "found, not read", True),
        (Answer.FOUND, "unsigned", True, "found, unsigned", False),
        (Answer.NOT_THERE, "", True, "not there", False),
        (Answer.FAILED, "timeout", True, "failed, decides nothing", False),
    ],
)
def test_each_answer_has_its_words(*, answer: Answer, code: str, claims: bool, said: str, open_: bool) -> None:
    lookup = Lookup(".sbom tag", "ghcr.io", answer, code=code, claims=claims)
    assert (answered(lookup), leaves_open(lookup)) == (said, open_)
