"""Each key of the policy file changes a judgement: none is read and then not enforced (AT-011)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from app.core.attestation import Evidence, Resolution, Signer
from app.core.policy_edit import Effect, PolicyEdit
from app.core.pull_request import People, Permission, PullRequest
from app.core.verdict import Outcome, worst_effective
from app.policy import Policy, PolicyFiles, ReviewCase
from tests.policy.samples import (
    ALICE,
    AMD64,
    ARM64,
    ISSUER,
    NEW,
    OLD,
    RELEASE,
    SCANNER,
    SIGNERS,
    VULNERABILITIES,
    approved,
    evidence,
    findings,
    lookup,
    policy,
    public_key,
    pull_request,
    scan,
    signed,
    text,
)

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schemas/policy-v1.json").read_text(encoding="utf-8"))
SAYS_NOTHING = {
    ("policy", "version"),
    ("policy", "signers"),  # holds the signers, each of whose keys is here
    ("policy", "images"),
    ("policy", "reviews"),
    ("policy", "allow-solo"),  # of the floor: see the test below
    ("policy", "unresolved-sources"),  # of what is no image: tests/policy/test_unresolved_sources.py
    ("scope", "name"),
    ("scope", "signatures-in"),  # where is looked: tests/jobs/test_search.py
    ("scope", "github-attestations"),
    ("review", "name"),
    ("policy", "waivers"),  # each of its keys: tests/policy/test_waivers.py
    ("policy", "environments"),  # names that an entry of reviews uses
    ("policy", "request-reviewers"),  # who is asked, not what is needed: see the test below
    ("mapping", "label"),  # how it is called
}
VULN = "attestations: [{type: vulnerabilities, signers: [scanner]}]\n"
SIGNED = evidence(signed())
FIRST, SECOND = public_key(), public_key()


def scanned(critical: int = 0, fixable: int = 0) -> Evidence:
    return evidence(signed(), signed(VULNERABILITIES, SCANNER, predicate=scan(critical, fixable=fixable)))


@dataclass(frozen=True)
class Case:
    """Two policies that differ by one key: the first asks for what the evidence lacks, the second does not."""

    key: tuple[str, str]
    strict: str
    loose: str
    after: Evidence = SIGNED
    before: Evidence | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    pinned: bool = True

    def outcome(self, written: str) -> Outcome:
        judge = Policy.parse(PolicyFiles(written, keys=self.keys))
        return worst_effective(findings(judge, self.after, self.before, pinned=self.pinned))


def by(one: str) -> str:
    return text("signature: [one]", signers=f"signers:\n  one: {one}\n")


def matching(lines: str) -> str:
    return f"version: 1\n{SIGNERS}\nimages:\n  - signature: [scanner]\n    {lines}\n"


def keyed(rest: str = "", path: str = "a.pub") -> str:
    return by(f"{{key: {path}{rest}}}")


def fixed() -> Mapping[str, object]:
    """VEX that says of the first finding that it is fixed in this image."""
    product = f"pkg:oci/api@sha256:{NEW.hex}"
    return {"statements": [{"vulnerability": "CVE-1-0", "products": [product], "status": "fixed"}]}


def mapped(allowed: str, pointer: str = "/flag", *, kind: str = "flag", better: str = "lower") -> str:
    measure = f"custom.a: {{pointer: {pointer}, kind: {kind}, better: {better}}}"
    asks = f'attestations: [{{type: "{VENDOR}", signers: [scanner]}}]\nlimits: {{custom.a: {allowed}}}'
    return text(asks, f"mappings: {{'{VENDOR}': {{{measure}}}}}")


VENDOR = "https://vendor.test/hardened/v1"
OPENVEX = "https://openvex.dev/ns"
VENDORED = evidence(signed(VENDOR, SCANNER, predicate={"flag": False, "number": 9}))

# As a transparency log names a key: by the hash of what it is, whatever a policy calls it.
SPKI = load_pem_public_key(FIRST.encode()).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
BY_KEY = evidence(signed(signer=Signer(key=hashlib.sha256(SPKI).hexdigest())))
UNLOGGED = evidence(signed(signer=BY_KEY.signed[0].signer, at=None))
KEYS = {"a.pub": FIRST, "b.pub": SECOND}
IDENTITY = f"{{issuer: {ISSUER}, identity: {RELEASE}}}"
WORKFLOW = r"https://github\.com/acme/api/\.github/workflows/release\.yml@refs/heads"

TAG_MOVED = replace(SIGNED, tag_now=Resolution(OLD, lookup()))
GONE_BACK = replace(SIGNED, reference=replace(SIGNED.reference, tag="1.0"))
SIGNED_LATER = replace(
    evidence(signed(subject=OLD), digest=OLD), reference=replace(SIGNED.reference, tag="1.1", digest=OLD)
)
ELSEWHERE = evidence(signed(subject=OLD), digest=OLD, name="ghcr.io/acme/old")

CASES = [
    Case(
        ("policy", "mode"), text("signature: [scanner]", "mode: enforce"), text("signature: [scanner]", "mode: observe")
    ),
    Case(("policy", "unmatched"), "version: 1\nunmatched: block\n", "version: 1\nunmatched: allow\n"),
    Case(("scope", "match"), matching('match: ["ghcr.io/acme/**"]'), matching('match: ["ghcr.io/other/**"]')),
    Case(("scope", "exclude"), matching('match: ["**"]'), matching('match: ["**"]\n    exclude: ["ghcr.io/acme/api"]')),
    Case(("scope", "mode"), text("signature: [scanner]\nmode: enforce"), text("signature: [scanner]\nmode: observe")),
    Case(("scope", "signature"), text("signature: [scanner]"), text("signature: [release]")),
    Case(("scope", "attestations"), text(f"{VULN}signature: [release]"), text("signature: [release]")),
    Case(
        ("scope", "limits"),
        text(f"{VULN}limits: {{vulnerabilities.critical: 0}}"),
        text(f"{VULN}limits: {{vulnerabilities.critical: 1}}"),
        scanned(critical=1),
    ),
    Case(
        ("scope", "only-fixable"),
        text(f"{VULN}limits: {{vulnerabilities.critical: 0}}"),
        text(f"{VULN}limits: {{vulnerabilities.critical: 0}}\nonly-fixable: true"),
        scanned(critical=1),
    ),
    Case(
        ("scope", "no-regression"),
        text(f"{VULN}no-regression: true"),
        text(VULN),
        scanned(critical=1),
        evidence(signed(VULNERABILITIES, SCANNER, predicate=scan(), subject=OLD), digest=OLD),
    ),
    Case(
        ("scope", "platforms"),
        text("signature: [release]\nplatforms: all"),
        text("signature: [release]\nplatforms: covered"),
        evidence(signed(), platforms=(AMD64, ARM64)),
    ),
    Case(
        ("scope", "vex"),
        text(f"{VULN}limits: {{vulnerabilities.critical: 0}}"),
        text(f"{VULN}limits: {{vulnerabilities.critical: 0}}\nvex: [release]"),
        evidence(signed(VULNERABILITIES, SCANNER, predicate=scan(1)), signed(OPENVEX, RELEASE, predicate=fixed())),
    ),
    Case(("policy", "mappings"), mapped("true"), mapped("false"), VENDORED),
    Case(("mapping", "pointer"), mapped("true", "/other"), mapped("false"), VENDORED),
    Case(("mapping", "kind"), mapped("false", kind="text", better="neither"), mapped("false"), VENDORED),
    Case(
        ("mapping", "better"),
        mapped("7", "/number", kind="number", better="lower"),
        mapped("7", "/number", kind="number", better="higher"),
        VENDORED,
    ),
    Case(("scope", "pinned"), text("signature: [release]\npinned: true"), text("signature: [release]"), pinned=False),
    Case(("scope", "tag-mismatch"), text("tag-mismatch: block"), text("tag-mismatch: allow"), TAG_MOVED),
    Case(("scope", "downgrade"), text("downgrade: block"), text("downgrade: allow"), GONE_BACK, SIGNED_LATER),
    Case(("scope", "moved"), text("moved: block"), text("moved: allow"), SIGNED, ELSEWHERE),
    Case(
        ("scope", "bind-repository"),
        text("signature: [release]\nbind-repository: true"),
        text("signature: [release]"),
    ),
    Case(
        ("attestation", "type"),
        text("attestations: [{type: slsa-provenance, signers: [scanner]}]"),
        text(VULN),
        scanned(),
    ),
    Case(
        ("attestation", "signers"),
        text("attestations: [{type: vulnerabilities, signers: [release]}]"),
        text(VULN),
        scanned(),
    ),
    Case(
        ("attestation", "max-age"),
        text("attestations: [{type: vulnerabilities, signers: [scanner], max-age: 23h}]"),
        text("attestations: [{type: vulnerabilities, signers: [scanner], max-age: 25h}]"),
        scanned(),
    ),
    Case(("signer", "issuer"), by(IDENTITY.replace(ISSUER, "https://accounts.example")), by(IDENTITY)),
    Case(("signer", "identity"), by(IDENTITY.replace("main", "dev")), by(IDENTITY)),
    Case(
        ("signer", "identity-pattern"),
        by(f"{{issuer: {ISSUER}, identity-pattern: '{WORKFLOW}/dev[0-9]*'}}"),
        by(f"{{issuer: {ISSUER}, identity-pattern: '{WORKFLOW}/(main|dev)'}}"),
    ),
    Case(("signer", "key"), keyed(path="b.pub"), keyed(), BY_KEY, keys=KEYS),
    Case(("signer", "not-before"), keyed(", not-before: 2026-11-24T00:00:00Z"), keyed(), BY_KEY, keys=KEYS),
    Case(("signer", "root"), by(IDENTITY.replace("{", "{root: github, ")), by(IDENTITY)),
    Case(("signer", "log"), keyed(), keyed(", log: not-required"), UNLOGGED, keys=KEYS),
    Case(("signer", "not-after"), keyed(", not-after: 2026-11-22T00:00:00Z"), keyed(), BY_KEY, keys=KEYS),
]


@pytest.mark.parametrize("case", CASES, ids=["-".join(case.key) for case in CASES])
def test_at_011_each_key_about_images_is_enforced(case: Case) -> None:
    assert case.outcome(case.strict) > case.outcome(case.loose)


def reviews(whom: str, paths: str = "/policies/**", top: str = "") -> str:
    return f'version: 1\n{top}\nreviews:\n  - {{paths: ["{paths}"], {whom}}}\n'


PEOPLE = People(
    {"acme/one": frozenset({"alice"}), "acme/two": frozenset({"bob"})},
    {"alice": Permission.MAINTAIN, "bob": Permission.WRITE},
)
REVIEWS = {
    ("review", "paths"): (reviews("teams: [acme/two]"), reviews("teams: [acme/two]", "/other/**")),
    ("review", "teams"): (reviews("teams: [acme/two]"), reviews("teams: [acme/one]")),
    ("review", "users"): (reviews("users: [bob]"), reviews("users: [alice]")),
    ("review", "permission"): (reviews("permission: admin"), reviews("permission: maintain")),
    ("review", "count"): (reviews("teams: [acme/one], count: 2"), reviews("teams: [acme/one], count: 1")),
    ("review", "any-of"): (reviews("any-of: [{users: [bob]}]"), reviews("any-of: [{users: [bob]}, {users: [alice]}]")),
    ("review", "all-of"): (
        reviews("all-of: [{users: [bob]}, {users: [alice]}]"),
        reviews("all-of: [{users: [alice]}]"),
    ),
    ("review", "effects"): (
        reviews("users: [bob], effects: [weaker]"),
        reviews("users: [bob], effects: [stronger]"),
    ),
    ("review", "environments"): (
        reviews("users: [bob], environments: [here]", top="environments: {here: [/policies/], there: [/other/]}"),
        reviews("users: [bob], environments: [there]", top="environments: {here: [/policies/], there: [/other/]}"),
    ),
    ("policy", "solo"): (reviews("users: [bob]"), reviews("users: [bob]", top="solo: true")),
}
WEAKER = PolicyEdit("policies/a.yaml", None, "spec.mode", "Enforce", "Audit", Effect.WEAKER, "logged, not blocked")


def waits(written: str, pull: PullRequest) -> bool:
    demands = policy(written).judge_reviews(ReviewCase(pull, (), PEOPLE, (WEAKER,)))
    return any(one.state.value in ("waiting", "error") for one in demands)


@pytest.mark.parametrize("key", REVIEWS, ids=["-".join(key) for key in REVIEWS])
def test_at_011_each_key_about_reviews_is_enforced(key: tuple[str, str]) -> None:
    pull = pull_request(["policies/a.yaml"], approved(ALICE))
    strict, loose = REVIEWS[key]
    assert (waits(strict, pull), waits(loose, pull)) == (True, False)


@pytest.mark.parametrize(("top", "asked"), [("", ("bob",)), ("request-reviewers: false", ())])
def test_at_011_who_is_needed_is_asked_unless_the_policy_says_otherwise(top: str, asked: tuple[str, ...]) -> None:
    case = ReviewCase(pull_request(["policies/a.yaml"]), (), PEOPLE)
    (demand,) = policy(reviews("users: [bob]", top=top)).judge_reviews(case)
    assert demand.ask == asked


def test_at_011_a_floor_that_forbids_solo_is_obeyed() -> None:
    own, pull = reviews("users: [bob]", top="solo: true"), pull_request(["policies/a.yaml"], approved(ALICE))
    judge = policy(own, "version: 1\nallow-solo: false\n")
    demands = judge.judge_reviews(ReviewCase(pull, (), PEOPLE))
    assert [one.state.value for one in demands] == ["waiting"]


def known() -> Iterator[tuple[str, str]]:
    """Yield every key of the published schema with what it belongs to."""
    kinds = SCHEMA["$defs"]
    scope = kinds["scope"]["properties"]
    holders = {
        "policy": [SCHEMA],
        "signer": [kinds[name] for name in ("exact", "pattern", "key")],
        "scope": [kinds["scope"]],
        "attestation": [scope["attestations"]["items"]],
        "review": [kinds["review"]],
        "mapping": [kinds["mapping"]],
    }
    for holder, schemas in holders.items():
        for schema in schemas:
            yield from ((holder, key) for key in schema["properties"])


def test_at_011_no_key_of_the_schema_is_left_out_here() -> None:
    assert {case.key for case in CASES} | set(REVIEWS) | SAYS_NOTHING == set(known())
