"""Evidence, changes and pull requests for the tests of the policy, in plain words."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.core.assessment import AssessedChange, AssessedImage
from app.core.attestation import (
    SIGNATURE,
    Answer,
    Evidence,
    Form,
    Lookup,
    Rejection,
    SignedStatement,
    Signer,
    Statement,
    Subject,
    Word,
)
from app.core.inventory import ImageChange, ImageUse, ImageVersion
from app.core.oci import Descriptor, Digest, ImageName, ImageReference, Platform
from app.core.posture import Posture, diff
from app.core.pull_request import (
    Commit,
    Floor,
    FloorState,
    Past,
    Person,
    PullRequest,
    PullRequestRef,
    PullRequestState,
    Review,
    ReviewState,
)
from app.core.tree import ChangedFile, FileStatus
from app.core.verdict import Finding
from app.policy import Policy, PolicyFiles

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ISSUER = "https://token.actions.githubusercontent.com"
RELEASE = "https://github.com/acme/api/.github/workflows/release.yml@refs/heads/main"
SCANNER = "https://github.com/acme/scans/.github/workflows/scan.yml@refs/heads/main"
STRANGER = "https://github.com/evil/api/.github/workflows/release.yml@refs/heads/main"
VULNERABILITIES = "https://cosign.sigstore.dev/attestation/vuln/v1"
PROVENANCE = "https://slsa.dev/provenance/v1"

NEW = Digest("a" * 64)
OLD = Digest("b" * 64)
AMD64 = Digest("c" * 64)
ARM64 = Digest("d" * 64)

HEAD = "1" * 40
NAME = "ghcr.io/acme/api"

SIGNERS = f"""
signers:
  release: {{issuer: "{ISSUER}", identity: "{RELEASE}"}}
  scanner: {{issuer: "{ISSUER}", identity: "{SCANNER}"}}
"""


def public_key() -> str:
    """Make a public key in PEM."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def text(scope: str = "", rest: str = "", signers: str = SIGNERS) -> str:
    """Write a policy: `scope` are further lines of one scope that matches our image."""
    images = (
        f'images:\n  - name: apps\n    match: ["ghcr.io/acme/**"]\n{textwrap.indent(scope, "    ")}' if scope else ""
    )
    return f"version: 1\n{rest}\n{signers}\n{images}\n"


def policy(own: str | None, floor: str | None = None, keys: Mapping[str, str] | None = None) -> Policy:
    """Parse an own policy and a floor."""
    ground = Floor(FloorState.NONE) if floor is None else Floor(FloorState.PRESENT, floor, "f" * 40)
    return Policy.parse(PolicyFiles(own, ground, keys or {}, Past(), commit="e" * 40))


def signed(
    kind: str = SIGNATURE,
    signer: str | Signer = RELEASE,
    *,
    subject: Digest = NEW,
    predicate: Mapping[str, object] | None = None,
    at: datetime | None = NOW - timedelta(days=1),
) -> SignedStatement:
    """Make a proved statement; a signer given as text is an identity at the usual issuer."""
    who = Signer(ISSUER, signer) if isinstance(signer, str) else signer
    statement = Statement(kind, (Subject("", {"sha256": subject.hex}),), predicate or {})
    return SignedStatement(statement, who, subject, Form.BUNDLE, "referrers", at, logged=at is not None)


def scan(critical: int = 0, high: int = 0, fixable: int = 0, scanner: str = "Trivy") -> Mapping[str, object]:
    """Make the predicate of a vulnerability attestation: so many of each, `fixable` of the critical with a fix."""
    found = [
        {"VulnerabilityID": f"CVE-1-{number}", "PkgName": "p", "InstalledVersion": "1", "Severity": severity}
        | ({"FixedVersion": "2"} if severity == "CRITICAL" and number < fixable else {})
        for severity, count in (("CRITICAL", critical), ("HIGH", high))
        for number in range(count)
    ]
    result = {
        "SchemaVersion": 2,
        "Metadata": {"ImageConfig": {"os": "linux", "architecture": "amd64"}},
        "Results": [{"Class": "os-pkgs", "Vulnerabilities": found}],
    }
    database = {"lastUpdate": "2026-11-20T00:00:00Z"}
    return {"scanner": {"uri": scanner, "version": "1", "db": database, "result": result}, "metadata": {}}


def lookup(where: str = "referrers", answer: Answer = Answer.FOUND, code: str = "", host: str = "ghcr.io") -> Lookup:
    """Make one place that was asked."""
    return Lookup(where, host, answer, "asked for credentials" if code == "unauthorized" else code, code)


FAILED = lookup(".att tag", Answer.FAILED, "timeout")
DENIED = lookup(".sig tag", Answer.FAILED, "unauthorized")
NOWHERE = (lookup("referrers", Answer.NOT_THERE), lookup(".sig tag", Answer.NOT_THERE))


def rejection(word: Word, kind: str | None = SIGNATURE, form: Form = Form.BUNDLE) -> Rejection:
    """Make something found that is no signed statement."""
    return Rejection(word, "a-code", "the log entry speaks of other bytes", form, "referrers", kind, None)


def evidence(
    *found: SignedStatement | Rejection,
    lookups: Iterable[Lookup] = (lookup(), *NOWHERE),
    digest: Digest | None = NEW,
    platforms: Iterable[Digest] = (),
    name: str = NAME,
) -> Evidence:
    """Make the evidence of one image."""
    children = tuple(
        Descriptor("application/vnd.oci.image.manifest.v1+json", one, 1, Platform("linux", f"cpu{number}"))
        for number, one in enumerate(platforms)
    )
    return Evidence(
        ImageReference(ImageName.parse(name), "1", digest),
        digest,
        children,
        tuple(one for one in found if isinstance(one, SignedStatement)),
        tuple(one for one in found if isinstance(one, Rejection)),
        tuple(lookups),
    )


def image(judge: Policy, of: Evidence) -> AssessedImage:
    """Assess one side as the jobs do."""
    trusted = judge.trust(of)
    signature, attestations = judge.conclude(of)
    posture, views = judge.postures(of, of.runnable)
    return AssessedImage(of, trusted, posture, signature, attestations, views)


def change(
    judge: Policy, after: Evidence | None, before: Evidence | None = None, *, pinned: bool = True
) -> AssessedChange:
    """Make an assessed change: the image is new without `before`, removed without `after`."""
    name = (after or before or evidence()).reference.name
    was = before.reference.name if before is not None and before.reference.name != name else None
    use = ImageUse("apps/api.yaml", 7, "kubernetes", "spec.image", name, "1", NEW, f"{name}:1")
    versions = [None if of is None else ImageVersion("1", of.digest if pinned else None) for of in (before, after)]
    old, new = (None if of is None else image(judge, of) for of in (before, after))
    nothing = Posture()
    measures = diff(old.posture if old else nothing, new.posture if new else nothing)
    return AssessedChange(ImageChange(name, versions[0], versions[1], (use,), was), old, new, measures)


def findings(
    judge: Policy, after: Evidence | None, before: Evidence | None = None, *, pinned: bool = True
) -> tuple[Finding, ...]:
    """Judge one change."""
    return judge.judge([change(judge, after, before, pinned=pinned)], [], at=NOW)


AUTHOR = Person(1, "author")
ALICE = Person(2, "Alice")
BOB = Person(3, "bob")
CAROL = Person(4, "carol")
BOT = Person(9, "renovate[bot]", bot=True)


def approved(person: Person | None, commit: str | None = HEAD) -> Review:
    """Make an approval."""
    return Review(person, ReviewState.APPROVED, commit, can_push=True)


def reviewed(person: Person | None, state: ReviewState, commit: str | None = HEAD) -> Review:
    """Make a review."""
    return Review(person, state, commit, can_push=True)


def commit(*people: Person, unattributed: bool = False, sha: str = HEAD) -> Commit:
    """Make a commit of the pull request."""
    return Commit(sha, people, unattributed)


def pull_request(
    paths: Iterable[str] = (),
    *reviews: Review,
    commits: Iterable[Commit] = (commit(AUTHOR),),
    author: Person | None = AUTHOR,
    incomplete: tuple[str, ...] = (),
    files: Iterable[ChangedFile] = (),
    repository: str = "gitops",
) -> PullRequest:
    """Make a pull request that changes these paths."""
    changed = (*(ChangedFile(path, FileStatus.MODIFIED) for path in paths), *files)
    return PullRequest(
        ref=PullRequestRef(1, 2, "acme", repository, 3),
        title="Bump",
        author=author,
        state=PullRequestState.OPEN,
        draft=False,
        base_ref="main",
        base_tip="2" * 40,
        merge_base="2" * 40,
        head=HEAD,
        head_repository_id=2,
        private=False,
        files=changed,
        commits=tuple(commits),
        reviews=reviews,
        incomplete=incomplete,
    )
