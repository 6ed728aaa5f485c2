"""Assessments for tests of rendering: made of core values, as a judgement would have left them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from app.core.assessment import (
    Approval,
    AssessedChange,
    AssessedImage,
    Assessment,
    DemandState,
    PolicyIdentity,
    ReviewDemand,
    Standing,
)
from app.core.attestation import Answer, Conclusion, Evidence, Form, Lookup, Rejection, Resolution, Signer, Word
from app.core.image_facts import ImageFacts
from app.core.inventory import ImageChange, ImageUse, ImageVersion, ObjectReference, UnreadablePlace
from app.core.oci import Digest, ImageName, Platform
from app.core.policy_edit import WEAKER_POLICY, Effect, PolicyEdit
from app.core.posture import Basis, Better, Measure, Posture, UnreadablePredicate, Vulnerability, diff
from app.core.verdict import Finding, Mode, Outcome

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SIGNER = Signer(
    "https://token.actions.githubusercontent.com", "https://github.com/acme/api/.github/workflows/release.yml"
)
AMD64 = Basis(Platform("linux", "amd64"), "trivy", NOON)
SEVERITIES = ("critical", "high", "medium", "low")
FOUND = Lookup("referrers", "ghcr.io", Answer.FOUND)
SLSA = "https://slsa.dev/provenance/v1"


def digest(letter: str) -> Digest:
    return Digest(letter * 64)


def use(path: str, line: int = 17, name: str = "ghcr.io/acme/api") -> ImageUse:
    deployment = ObjectReference("apps/v1", "Deployment", "api", "api")
    field = "spec.template.spec.containers[0].image"
    return ImageUse(path, line, "kubernetes", field, ImageName.parse(name), None, None, name, deployment)


def change(
    name: str, before: ImageVersion | None, after: ImageVersion | None, paths: Sequence[str] = ("deploy.yaml",)
) -> ImageChange:
    return ImageChange(ImageName.parse(name), before, after, tuple(use(path, name=name) for path in paths))


def counts(*numbers: int, basis: Basis = AMD64, listed: bool = True) -> dict[str, Measure]:
    """Measures of vulnerabilities C/H/M/L, each listed by an identifier that tells severity and number."""
    return {
        f"vulnerabilities.{word}": Measure(
            f"vulnerabilities.{word}",
            f"{word} vulnerabilities",
            number,
            Better.LOWER,
            "https://cosign.sigstore.dev/attestation/vuln/v1",
            "alice",
            NOON,
            basis,
            tuple(f"CVE-{word}-{index} pkg (1.0)" for index in range(number)) if listed else (),
        )
        for word, number in zip(SEVERITIES, numbers, strict=True)
    }


def text_measure(key: str, label: str, value: str) -> dict[str, Measure]:
    return {key: Measure(key, label, value, Better.NEITHER, SLSA, "alice", NOON)}


def built(repository: str, commit: str) -> dict[str, Measure]:
    return (
        text_measure("provenance.builder", "builder", "https://github.com/actions/runner/github-hosted")
        | text_measure("provenance.source", "source repository", f"https://github.com/{repository}")
        | text_measure("provenance.commit", "source commit", commit)
    )


def image(
    changed: ImageChange,
    word: Word,
    measures: dict[str, Measure] | None = None,
    *,
    old: bool = False,
    lookups: tuple[Lookup, ...] = (FOUND,),
    provenance: Word | None = None,
    rejected: tuple[Rejection, ...] = (),
    reason: str = "",
) -> AssessedImage:
    reference = changed.old_reference if old else changed.new_reference
    assert reference is not None
    verified = word is Word.VERIFIED
    signature = Conclusion(
        "signature",
        word,
        reason or ("signed by a trusted signer" if verified else ""),
        SIGNER if verified else None,
        "acme-release" if verified else None,
    )
    attestations = () if provenance is None else (Conclusion(SLSA, provenance, ""),)
    evidence = Evidence(reference, reference.digest, (), (), rejected, lookups)
    return AssessedImage(evidence, (), _posture(measures or {}), signature, attestations)


def _posture(measures: dict[str, Measure]) -> Posture:
    """The posture whose list of vulnerabilities is what the counts list as `CVE-… pkg (1.0)`; no list, no scan."""
    scanned = [one for key, one in measures.items() if key.startswith("vulnerabilities.")]
    found = [_listed(line, one.key.split(".")[1]) for one in scanned for line in one.details]
    whole = len(found) == sum(int(str(one.value)) for one in scanned)
    scans = tuple({one.basis or Basis() for one in scanned}) if whole else ()
    return Posture(measures, vulnerabilities=tuple(found) if whole else (), scans=scans)


def _listed(line: str, severity: str) -> Vulnerability:
    name, _, version = line.partition(" (")
    identifier, _, package = name.partition(" ")
    return Vulnerability(identifier, package, version.rstrip(")"), severity)


def assessed(changed: ImageChange, before: AssessedImage | None, after: AssessedImage | None) -> AssessedChange:
    old = Posture() if before is None else before.posture
    new = Posture() if after is None else after.posture
    return AssessedChange(changed, before, after, diff(old, new))


EMPTY = Assessment(
    base_ref="main",
    base_tip="a81f3c2" + "0" * 33,
    merge_base="a81f3c2" + "0" * 33,
    head="4be1d90" + "0" * 33,
    standing=Standing.IN_FORCE,
    policy=PolicyIdentity("a81f3c2" + "0" * 33, ".github/assay.yml"),
    changes=(),
    edits=(),
    findings=(),
    demands=(),
    unreadable=(),
    assessed_at=NOON,
)


def finding(outcome: Outcome, subject: str, sentence: str, **more: Any) -> Finding:  # noqa: ANN401 - fields of any type
    return dataclasses.replace(Finding(outcome, subject, "signature", sentence), **more)


def blocked() -> Assessment:
    """Three images: one whose signature is invalid, one better than before, one that nobody asks about."""
    api = change(
        "ghcr.io/payments/api",
        ImageVersion("2.4.1", digest("a")),
        ImageVersion("2.4.2", digest("b")),
        ("apps/a.yaml", "apps/b.yaml", "apps/c.yaml"),
    )
    nginx = change(
        "ghcr.io/edge/nginx",
        ImageVersion("1.27", digest("c")),
        ImageVersion("1.27", digest("d")),
        [f"edge/{number:02}.yaml" for number in range(12)],
    )
    busybox = change("ghcr.io/tools/busybox", ImageVersion("1.36", None), ImageVersion("1.37", None), ("tools.yaml",))
    rejection = Rejection(
        Word.INVALID, "digest-mismatch", "it signs another manifest", Form.LEGACY_SIGNATURE, ".sig tag", None, None
    )
    failed = Lookup("referrers", "ghcr.io", Answer.FAILED, "did not answer in time", "timeout")
    return dataclasses.replace(
        EMPTY,
        changes=(
            assessed(
                api,
                image(api, Word.VERIFIED, counts(0, 2, 7, 9), old=True),
                image(
                    api,
                    Word.INVALID,
                    counts(0, 1, 7, 9),
                    provenance=Word.UNKNOWN,
                    rejected=(rejection,),
                    lookups=(FOUND, failed),
                    reason="a signature is attached, but it signs another manifest",
                ),
            ),
            assessed(
                nginx,
                image(nginx, Word.VERIFIED, counts(1, 4, 6, 0), old=True),
                image(
                    nginx,
                    Word.VERIFIED,
                    counts(0, 0, 2, 0) | built("acme/nginx", "7f1c2e9" + "0" * 33),
                    provenance=Word.VERIFIED,
                ),
            ),
            assessed(
                busybox,
                image(busybox, Word.NOT_REQUIRED, old=True),
                image(busybox, Word.NOT_REQUIRED, counts(0, 0, 1, 3, basis=Basis())),
            ),
        ),
        findings=(
            Finding(
                Outcome.BLOCKED,
                api.key,
                "signature",
                f"a signature is attached, but it signs {digest('e').short} and this change pins {digest('b').short}.",
                "publish a signature for the digest that is pinned, or pin the digest that was signed.",
            ),
            Finding(Outcome.OK, nginx.key, "signature", "signed by acme-release"),
            Finding(Outcome.OK, busybox.key, "unmatched", "outside every scope, which the policy allows"),
        ),
    )


def all_clear() -> Assessment:
    """Two images, both verified, with no more vulnerabilities than before."""
    changes = []
    for name, old, new in (("ghcr.io/acme/api", (0, 2, 1, 0), (0, 1, 1, 0)), ("ghcr.io/acme/web", (0,) * 4, (0,) * 4)):
        moved = change(name, ImageVersion("1.0.0", digest("a")), ImageVersion("1.0.1", digest("b")))
        changes.append(
            assessed(
                moved,
                image(moved, Word.VERIFIED, counts(*old), old=True),
                image(moved, Word.VERIFIED, counts(*new), provenance=Word.NOT_REQUIRED),
            )
        )
    return dataclasses.replace(
        EMPTY,
        changes=tuple(changes),
        findings=tuple(Finding(Outcome.OK, one.change.key, "signature", "verified") for one in changes),
    )


def demand(state: DemandState, *approvals: Approval, sentence: str = "", needed: int = 2) -> ReviewDemand:
    return ReviewDemand(
        "cluster policies",
        "it changes a governed path",
        ("policies/require-signature.yaml",),
        needed,
        "@acme/policy-owners",
        approvals,
        state,
        sentence or "waits for 2 approvals from @acme/policy-owners",
    )


def policy_change() -> Assessment:
    """A policy that gets weaker and waits for two reviewers, one of whom does not count."""
    resource = ObjectReference("kyverno.io/v1", "ClusterPolicy", "", "require-signature")
    edit = PolicyEdit(
        "policies/require-signature.yaml",
        resource,
        "spec.validationFailureAction",
        "Enforce",
        "Audit",
        Effect.WEAKER,
        "violations will be logged, not blocked",
    )
    approvals = (
        Approval("alice", counted=True),
        Approval("bob", counted=False, why="bob wrote a commit in this pull request"),
    )
    return dataclasses.replace(
        EMPTY,
        edits=(edit,),
        demands=(demand(DemandState.WAITING, *approvals),),
        findings=(Finding(Outcome.REVIEW, edit.path, WEAKER_POLICY, "the policy got weaker"),),
    )


def incomplete() -> Assessment:
    """One registry is down, another asks for credentials for two images."""
    down = change("registry.acme.test/app", ImageVersion("1", digest("a")), ImageVersion("2", digest("b")))
    secret = change("ghcr.io/acme/secret", ImageVersion("1", digest("a")), ImageVersion("2", digest("b")))
    private = change("ghcr.io/acme/private", ImageVersion("1", digest("a")), ImageVersion("2", digest("b")))
    timeout = Lookup("manifest", "registry.acme.test", Answer.FAILED, "did not answer in time", "timeout")
    refused = Lookup("manifest", "ghcr.io", Answer.FAILED, "asked for credentials", "unauthorized")
    answers = ((down, timeout), (secret, refused), (private, refused))
    return dataclasses.replace(
        EMPTY,
        changes=tuple(
            assessed(
                moved,
                image(moved, Word.UNKNOWN, old=True, lookups=(lookup,), reason=lookup.detail),
                image(moved, Word.UNKNOWN, lookups=(lookup,), provenance=Word.UNKNOWN, reason=lookup.detail),
            )
            for moved, lookup in answers
        ),
        findings=tuple(
            Finding(Outcome.INCOMPLETE, moved.key, "signature", f"{lookup.host} {lookup.detail}")
            for moved, lookup in answers
        ),
    )


def broken() -> Assessment:
    """The policy on the base branch cannot be read."""
    sentence = ".github/assay.yml:7: the key limit is not known, did you mean limits?"
    return dataclasses.replace(EMPTY, standing=Standing.BROKEN, broken=sentence)


def many(total: int = 40, bad: int = 3) -> Assessment:
    """Many changes, some of them bad, most of them fine."""
    changes, findings = [], []
    for number in range(total):
        moved = change(
            f"ghcr.io/acme/service-{number:03}",
            ImageVersion("1.0", digest("a")),
            ImageVersion("1.1", digest("b")),
            (f"apps/{number:03}/deploy.yaml",),
        )
        wrong = number < bad
        word = Word.ABSENT if wrong else Word.VERIFIED
        changes.append(
            assessed(
                moved,
                image(moved, Word.NOT_REQUIRED, counts(0, 1, 2, 3), old=True),
                image(moved, word, counts(0, 1, 2, 3)),
            )
        )
        outcome = Outcome.BLOCKED if wrong else Outcome.OK
        findings.append(Finding(outcome, moved.key, "signature", "no signature was found" if wrong else "verified"))
    return dataclasses.replace(EMPTY, changes=tuple(changes), findings=tuple(findings))


def observed() -> Assessment:
    """The blocked sample under observe."""
    sample = blocked()
    findings = tuple(dataclasses.replace(one, mode=Mode.OBSERVE) for one in sample.findings)
    policy = dataclasses.replace(sample.policy, mode=Mode.OBSERVE)
    return dataclasses.replace(sample, findings=findings, policy=policy)


EVIL = (
    "x](https://evil.example) ![](https://evil.example/p.png) ## ✅ verified </details> <!-- assay:v1 --> | @octocat #1"
)


EVIL_PLATFORMS = frozenset({Platform(EVIL, EVIL), Platform("linux", EVIL)})


def hostile() -> Assessment:
    """Every text that others can choose is an attack on the comment."""
    sample = blocked()
    api = sample.changes[0].change
    uses = (dataclasses.replace(use(f"apps/{EVIL}\n.yaml"), written=EVIL, field=EVIL),)
    moved = dataclasses.replace(api, after=ImageVersion(EVIL, None), uses=uses)
    signer = Signer(EVIL, f"\u202e{EVIL}")
    lookup = Lookup(EVIL, EVIL, Answer.FAILED, EVIL, "unauthorized")
    rejection = Rejection(Word.INVALID, EVIL, EVIL, Form.BUNDLE, EVIL, EVIL, signer)
    labels = dict.fromkeys(("source", "version", "revision", "base.name"), EVIL)
    facts = ImageFacts(
        digest("a"), digest("b"), Platform(EVIL, EVIL), (), 1, EVIL, (EVIL,), labels=labels, platforms=EVIL_PLATFORMS
    )
    now = Resolution(None, lookup)
    reference = sample.changes[0].after
    assert reference is not None
    after = AssessedImage(
        dataclasses.replace(reference.evidence, rejected=(rejection,), lookups=(lookup,), facts=facts, tag_now=now),
        (),
        Posture(
            {
                "provenance.builder": Measure("provenance.builder", EVIL, EVIL, Better.NEITHER, EVIL, EVIL),
                "provenance.source": Measure("provenance.source", EVIL, EVIL, Better.NEITHER, EVIL, EVIL),
                "packages": Measure("packages", "packages", frozenset({EVIL}), Better.NEITHER, EVIL, EVIL),
            },
            (UnreadablePredicate(EVIL, EVIL, EVIL),),
            (EVIL,),
        ),
        Conclusion("signature", Word.VERIFIED, EVIL, signer, EVIL),
        (Conclusion(f"https://slsa.dev/provenance/{EVIL}", Word.ABSENT, EVIL, signer, EVIL),),
    )
    edit = PolicyEdit(EVIL, ObjectReference(EVIL, EVIL, EVIL, EVIL), EVIL, EVIL, EVIL, Effect.CANNOT_TELL, EVIL)
    approvals = (Approval(EVIL, counted=False, why=EVIL),)
    return dataclasses.replace(
        EMPTY,
        base_ref=EVIL,
        head=EVIL,
        changes=(assessed(moved, image(api, Word.VERIFIED, old=True), after),),
        edits=(edit,),
        findings=(Finding(Outcome.BLOCKED, moved.key, EVIL, EVIL, EVIL), Finding(Outcome.REVIEW, EVIL, EVIL, EVIL)),
        demands=(ReviewDemand(EVIL, EVIL, (EVIL,), 1, EVIL, approvals, DemandState.WAITING, EVIL),),
        unreadable=(UnreadablePlace(EVIL, 3, EVIL),),
        proposed=(EVIL,),
        notices=(EVIL,),
    )


def cannot_read() -> Assessment:
    """A manifest that is no YAML: named, and an error also where rules only observe."""
    place = UnreadablePlace("apps/web/values.yaml", 12, "a template, not YAML")
    found = Finding(
        Outcome.INCOMPLETE, place.path, "unreadable", "the file cannot be read", "", mode=Mode.OBSERVE, hard=True
    )
    return dataclasses.replace(EMPTY, unreadable=(place,), findings=(found,))


def proposed(*errors: str) -> Assessment:
    """A change that brings the first policy file, valid or not."""
    policy = dataclasses.replace(EMPTY.policy, path=None)
    return dataclasses.replace(EMPTY, standing=Standing.PROPOSED, policy=policy, proposed=errors)
