"""What is kept of what strangers signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import pytest

from app.core.attestation import Answer, Bundle, Fetched, Form, Lookup, PublicKey, Resolution, SignedStatement
from app.core.inventory import ImageChange, ImageVersion
from app.core.oci import Audience, Digest, ImageReference
from app.jobs.assess import Assessor, Viewer
from app.jobs.ports import Registries
from tests.policy.samples import NAME, NEW, RELEASE, SCANNER, STRANGER, VULNERABILITIES, policy, scan, signed, text

FOUND = Lookup("referrers", "ghcr.io", Answer.FOUND)
IMAGE = ImageReference.parse(NAME).pinned(NEW)


@dataclass(frozen=True, slots=True)
class World:
    """A registry and a verifier: one statement is there, and it is proved."""

    statement: SignedStatement

    def open(self, audience: Audience) -> World:
        return self

    def resolve(self, reference: ImageReference) -> Resolution:
        return Resolution(reference.digest, FOUND)

    def fetch(self, reference: ImageReference) -> Fetched:
        return Fetched(reference, None, (), (Bundle(Form.BUNDLE, b"{}", NEW, "referrers"),), (FOUND,))

    def verify(self, bundle: Bundle, subjects: Sequence[Digest], keys: Sequence[PublicKey]) -> SignedStatement:
        return self.statement


@pytest.mark.parametrize(("signer", "kept"), [(SCANNER, True), (STRANGER, False), (RELEASE, False)])
def test_only_the_predicate_of_a_trusted_statement_is_kept(signer: str, *, kept: bool) -> None:
    world = World(signed(VULNERABILITIES, signer, predicate=scan(1)))
    judge = policy(text("attestations: [{type: vulnerabilities, signers: [scanner]}]"))
    change = ImageChange(IMAGE.name, None, ImageVersion(None, NEW), ())
    (assessed,) = Assessor(cast("Registries", world), world).assess([change], judge, Viewer(Audience()))
    assert assessed.after is not None
    (found,) = assessed.after.evidence.signed
    assert (bool(found.statement.predicate), found.signer.identity) == (kept, signer)
