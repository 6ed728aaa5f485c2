"""What is kept of what strangers signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

import pytest

from app.core.attestation import Answer, Bundle, Fetched, Form, Lookup, PublicKey, Resolution, SignedStatement
from app.core.exploited import ExploitLists, KnownExploited
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


KNOWN = ExploitLists(KnownExploited(frozenset({"CVE-1-0"}), date(2026, 11, 20)))


@pytest.mark.parametrize(("lists", "count"), [(ExploitLists(), None), (KNOWN, 1)])
def test_what_is_known_to_be_exploited_is_measured_by_the_operator_s_list(
    lists: ExploitLists, count: int | None
) -> None:
    world = World(signed(VULNERABILITIES, SCANNER, predicate=scan(2)))
    judge = policy(text("attestations: [{type: vulnerabilities, signers: [scanner]}]"))
    change = ImageChange(IMAGE.name, None, ImageVersion(None, NEW), ())
    assessor = Assessor(cast("Registries", world), world, lists=lambda: lists)
    (assessed,) = assessor.assess([change], judge, Viewer(Audience()))
    assert assessed.after is not None
    measure = assessed.after.posture.measures.get("vulnerabilities.known-exploited")
    assert (None if measure is None else measure.value) == count
