"""Events for tests of the history's formats: hand-made, as the engine would have told them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.core.history import (
    Arrival,
    CommitFacts,
    CountedReview,
    Event,
    EvidenceToday,
    Gap,
    ImageUpdate,
    Joined,
    Origin,
    PolicyChange,
    Recorded,
    Signature,
    SignedBy,
)
from app.core.inventory import Artifact, ImageChange, ImageVersion, ObjectReference
from app.core.policy_edit import Effect, PolicyEdit
from app.render.history import Scope
from tests.render.samples import change, digest

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DANA = Signature("dana", "dana@example.org")
SCOPE = Scope("acme/gitops", "v1.0..main", "f" * 40, NOON + timedelta(days=90))
KYVERNO = ObjectReference("kyverno.io/v1", "ClusterPolicy", "", "signed")
OLD, NEW = ImageVersion("1.0", digest("a")), ImageVersion("1.1", digest("b"))
GAP = Gap("c" * 40, "apps/x.yaml", "not YAML")


def facts(number: int = 1, *, subject: str = "bump", days: int = 0, **more: object) -> CommitFacts:
    at = NOON + timedelta(days=days)
    made = CommitFacts(
        *(f"{number:040x}", (f"{number - 1:040x}",), DANA, DANA, at, at, subject),
        pull_request=number,
        writers=(DANA,),
        signed=SignedBy.GPG,
        arrival=Arrival.PULL_REQUEST,
    )
    return replace(made, **more)  # type: ignore[arg-type]  # fields by name


def image(
    about: CommitFacts | None = None, before: ImageVersion | None = OLD, after: ImageVersion | None = NEW
) -> Event:
    return Event(about or facts(), ImageUpdate(change("ghcr.io/acme/api", before, after)))


def with_change(event: Event, **more: object) -> Event:
    assert isinstance(event.what, ImageUpdate)
    return replace(event, what=ImageUpdate(replace(event.what.change, **more)))  # type: ignore[arg-type]


def chart(about: CommitFacts | None = None) -> Event:
    versions = (ImageVersion("1", None), ImageVersion("2", None))
    return with_change(image(about, *versions), artifact=Artifact.CHART)


def nameless() -> Event:
    return Event(facts(), ImageUpdate(ImageChange(None, None, ImageVersion("1", None), change("a/b", None, None).uses)))


def edit(
    effect: Effect = Effect.WEAKER, path: str = "policies/signed.yaml", resource: ObjectReference | None = KYVERNO
) -> PolicyEdit:
    return PolicyEdit(
        *(path, resource, "spec.validationFailureAction", "Enforce", "Audit", effect),
        sentence="violations will be logged, not blocked",
        line=7,
    )


def policy(
    effect: Effect = Effect.WEAKER, about: CommitFacts | None = None, resource: ObjectReference | None = KYVERNO
) -> Event:
    path = "policies/signed.yaml"
    return Event(about or facts(2), PolicyChange(path, resource, (edit(effect, path, resource),)))


def governance(path: str = ".github/CODEOWNERS", about: CommitFacts | None = None) -> Event:
    edits = (edit(Effect.CANNOT_TELL, path, None),)
    return Event(about or facts(3), PolicyChange(path, None, edits, governance=True))


def recorded(event: Event, verdict: str = "OK", joined: Joined = Joined.MERGED_HEAD, **more: tuple[str, ...]) -> Event:
    reviews = (CountedReview("alice", 7, "e" * 40, counted=True), CountedReview("bob", 8, "", counted=False))
    kept = Recorded(
        verdict, "d" * 40, {"measures": {}}, more.get("waivers", ()), "e" * 40, joined, more.get("overrides", ())
    )
    return replace(event, approvals=reviews, recorded=kept, source=Origin.LEDGER)


def asked(event: Event, word: str = "verified") -> Event:
    return replace(event, evidence_today=EvidenceToday(NOON, word, {"verdict": "OK", "digest": str(digest("b"))}))


def some() -> tuple[Event | Gap, ...]:
    """One of everything, the oldest first."""
    return (
        image(facts(1)),
        chart(facts(1)),
        policy(Effect.WEAKER, facts(2, days=1)),
        policy(Effect.NEUTRAL, facts(2, days=1), ObjectReference("kyverno.io/v1", "ClusterPolicy", "apps", "other")),
        GAP,
        governance(about=facts(3, days=2, arrival=Arrival.DIRECT, pull_request=None, signed=None)),
        policy(
            Effect.WEAKER,
            facts(4, days=40, arrival=Arrival.MERGE, pull_request=None, signed=SignedBy.SSH, skewed=True),
            ObjectReference("kyverno.io/v2", "PolicyException", "apps", "old"),
        ),
        recorded(
            image(facts(5, days=41), None),
            "BLOCKED",
            waivers=("CVE-1 until 2026-12-31 by alice: known",),
            overrides=("the verdict was BLOCKED",),
        ),
        recorded(
            with_change(image(facts(6, days=42)), name_before=change("ghcr.io/x/y", None, None).name),
            joined=Joined.NUMBER,
        ),
        asked(image(facts(7, days=43), OLD, ImageVersion("1.2", None))),
        image(facts(8, days=44), OLD, None),
    )
