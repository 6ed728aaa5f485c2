"""What is kept of what strangers signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import cast

import pytest

from app.core.attestation import (
    Answer,
    Bundle,
    Fetched,
    Form,
    Lookup,
    PublicKey,
    Resolution,
    RootState,
    SignedStatement,
)
from app.core.exploited import ExploitLists, KnownExploited
from app.core.inventory import ImageChange, ImageVersion
from app.core.oci import Audience, Digest, ImageReference
from app.core.versions import Order
from app.jobs.assess import Assessor, Viewer
from app.jobs.ports import Attestations, Registries
from app.jobs.search import Beyond
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


BUILD = "https://slsa.dev/provenance/v1"
BUILDER = {"runDetails": {"builder": {"id": "https://github.com/actions/runner"}}}


@dataclass
class Sources:
    """Images whose provenance names a source commit that begins as their digest does; and the order of all commits."""

    asked: list[tuple[str, str]] = field(default_factory=list)

    def open(self, audience: Audience) -> Sources:
        return self

    def resolve(self, reference: ImageReference) -> Resolution:
        return Resolution(reference.digest, FOUND)

    def fetch(self, reference: ImageReference) -> Fetched:
        assert reference.digest is not None
        return Fetched(reference, None, (), (Bundle(Form.BUNDLE, b"{}", reference.digest, "referrers"),), (FOUND,))

    def claims(self, image: Fetched) -> tuple[Lookup, ...]:
        return ()

    def verify(self, bundle: Bundle, subjects: Sequence[Digest], keys: Sequence[PublicKey]) -> SignedStatement:
        commit = subjects[0].hex[:40]
        of = {"uri": f"git+https://github.com/acme/api@{commit}", "digest": {"gitCommit": commit}}
        definition = {"externalParameters": {}, "resolvedDependencies": [of]}
        return signed(BUILD, RELEASE, subject=subjects[0], predicate={"buildDefinition": definition, **BUILDER})

    def roots(self) -> tuple[RootState, ...]:
        return ()

    def order(self, repository: str, commits: tuple[str, str], audience: Audience) -> Order | None:
        self.asked.append(commits)
        return Order.BACK


def test_at_046_a_source_that_goes_back_is_seen_among_many_changes() -> None:
    world = Sources()
    judge = policy(text("attestations: [{type: slsa-provenance, signers: [release]}]"))
    sides = [(ImageVersion(None, Digest(f"{one:064x}"[::-1])), ImageVersion(None, NEW)) for one in range(1, 60)]
    changes = [ImageChange(IMAGE.name, *pair, ()) for pair in (*sides, *sides)]
    beyond = Beyond(cast("Attestations", None), history=world)
    assessor = Assessor(cast("Registries", world), world, beyond)
    assessed = assessor.assess(changes, judge, Viewer(Audience()))
    assert {one.source for one in assessed} == {Order.BACK}
    assert len(world.asked) == len(sides)
