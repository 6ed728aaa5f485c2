"""The second opinion is loaded late, and no failure to load it lets anything pass."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.adapters.sigstore_verifier import SigstoreVerifier
from app.adapters.sigstore_verifier.second_opinion import SecondOpinion
from app.core.attestation import Form
from tests.adapters.sigstore_verifier.making import IMAGE, ROOT, attest, code, now, sign


@pytest.fixture
def no_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Take away the folder for temporary files, which sigstore-python is given the trusted root in."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    return monkeypatch


def test_one_that_cannot_be_loaded_now_refuses(no_disk: pytest.MonkeyPatch) -> None:
    assert code(SigstoreVerifier(ROOT, now).verify(attest(), (IMAGE,), ())) == "internal"


def test_one_that_could_not_be_loaded_is_loaded_when_it_can_be(no_disk: pytest.MonkeyPatch) -> None:
    verifier = SigstoreVerifier(ROOT, now)
    first = code(verifier.verify(attest(), (IMAGE,), ()))
    no_disk.undo()
    assert (first, code(verifier.verify(attest(), (IMAGE,), ()))) == ("internal", "accepted")


def test_what_it_cannot_read_does_not_wait_for_it(no_disk: pytest.MonkeyPatch) -> None:
    layer = sign(form=Form.LEGACY_SIGNATURE)
    assert code(SigstoreVerifier(ROOT, now).verify(layer, (IMAGE,), ())) == "accepted"


def test_it_refuses_to_every_thread_that_asks_first() -> None:
    second = SecondOpinion(ROOT)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda content: second.refusal(content, None), [b"{}"] * 8))
    assert all(answers)
