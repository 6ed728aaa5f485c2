"""Any two policies: an edit that is called stronger or neutral lets no image pass that did not pass before."""

from __future__ import annotations

import random
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.attestation import Evidence, Word
from app.core.policy_edit import Effect, combined
from app.core.tree import File
from app.core.verdict import Mode, Outcome
from app.policy import Policy, PolicyFiles
from app.policy.effect import PolicyTexts, compare
from app.policy.files import PATH
from tests.policy.samples import (
    ISSUER,
    NAME,
    OLD,
    RELEASE,
    SCANNER,
    SIGNERS,
    STRANGER,
    VULNERABILITIES,
    evidence,
    findings,
    rejection,
    scan,
    signed,
)

Scopes = Mapping[str, Mapping[str, str | None]]
SCOPE = {
    "match": ('["ghcr.io/acme/**"]', '["ghcr.io/acme/*"]', '["ghcr.io/acme/api"]', '["**"]', '["quay.io/x/y"]'),
    "exclude": (None, None, '["ghcr.io/acme/api"]', '["ghcr.io/**"]'),
    "signature": (None, "[release]", "[scanner]", "[release, scanner]", "[any]"),
    "attestations": (
        None,
        "[{type: vulnerabilities, signers: [scanner]}]",
        "[{type: vulnerabilities, signers: [scanner, release]}]",
        "[{type: vulnerabilities, signers: [release], max-age: 12h}]",
        "[{type: vulnerabilities, signers: [any]}]",
    ),
    "limits": (None, None, "{vulnerabilities.critical: 0}", "{vulnerabilities.critical: 1, vulnerabilities.high: 0}"),
    "no-regression": (None, None, "true", "[vulnerabilities.critical]"),
    "pinned": (None, "true", "false"),
    "mode": (None, None, "observe", "enforce"),
    "vex": (None, None, "[release]"),
}
TOP = {
    "mode": (None, None, "observe", "enforce"),
    "unmatched": (None, "allow", "block", "review"),
    "owner": ("[a-z]+", "api", "(api|scans)"),
}


def scanned(*found: tuple[str, int], by: tuple[str, ...] = (RELEASE,), name: str = NAME) -> Evidence:
    statements = [signed(VULNERABILITIES, signer, predicate=scan(count)) for signer, count in found]
    return evidence(*map(lambda one: signed(signer=one), by), *statements, name=name)  # noqa: C417 - reads better


TRIED = [
    *(scanned(by=by) for by in ((), (RELEASE,), (SCANNER,), (STRANGER,), (RELEASE, SCANNER))),
    *(scanned((SCANNER, count), by=by) for count in (0, 1, 2) for by in ((), (RELEASE,))),
    *(scanned((RELEASE, one), (SCANNER, other)) for one, other in ((0, 1), (1, 0), (2, 2))),
    *(scanned((RELEASE, 0), name=name) for name in (NAME, "ghcr.io/acme/team/x", "quay.io/x/y")),
    evidence(rejection(Word.INVALID)),
]
BEFORE = evidence(signed(subject=OLD), signed(VULNERABILITIES, SCANNER, predicate=scan(1), subject=OLD), digest=OLD)


def write(top: Mapping[str, str | None], scopes: Scopes) -> str:
    lines = [f"{key}: {value}\n" for key, value in top.items() if value and key != "owner"]
    pattern = rf"https://github\.com/acme/{top['owner']}/\.github/workflows/(release|scan)\.yml@refs/heads/main"
    entries = (
        f"  - {{name: {name}, " + ", ".join(f"{key}: {value}" for key, value in scope.items() if value) + "}\n"
        for name, scope in scopes.items()
    )
    images = "images:\n" + "".join(entries) if scopes else ""
    return f"version: 1\n{''.join(lines)}{SIGNERS}  any: {{issuer: {ISSUER}, identity-pattern: '{pattern}'}}\n{images}"


def some(chance: random.Random, table: Mapping[str, tuple[str | None, ...]]) -> dict[str, str | None]:
    return {key: chance.choice(values) for key, values in table.items()}


def edited(chance: random.Random) -> tuple[str, str]:
    """Write a policy, and the same with one or two edits."""
    top = some(chance, TOP)
    scopes = {name: some(chance, SCOPE) for name in chance.sample("abc", chance.choice((1, 1, 2)))}
    before = write(top, scopes)
    for _ in range(chance.choice((1, 1, 2))):
        name, kind = chance.choice("abc"), chance.random()
        if kind < 0.25:
            key = chance.choice(list(TOP))
            top[key] = chance.choice(TOP[key])
        elif name not in scopes:
            scopes[name] = some(chance, SCOPE)
        elif kind < 0.4:
            del scopes[name]
        else:
            key = chance.choice(list(SCOPE))
            scopes[name][key] = chance.choice(SCOPE[key])
    return before, write(top, scopes)


def outcome(policy: Policy, of: Evidence, before: Evidence | None) -> Outcome:
    """Say what counts: what is only observed holds nothing back."""
    found = findings(policy, of, before, pinned=before is None)
    return max((one.outcome for one in found if one.mode is Mode.ENFORCE or one.hard), default=Outcome.OK)


@given(st.integers(0, 10**9))
@settings(max_examples=80, deadline=None)
def test_at_141_nothing_more_passes_by_what_is_called_stronger_or_neutral(seed: int) -> None:
    texts = edited(random.Random(seed))
    found = compare(*(PolicyTexts(File(PATH, one)) for one in texts))
    effect = combined(one.effect for one in found)
    if effect in (Effect.WEAKER, Effect.CANNOT_TELL):
        return
    policies = [Policy.parse(PolicyFiles(one)) for one in texts]
    for of in TRIED:
        for before in (None, BEFORE):
            old, new = (outcome(policy, of, before) for policy in policies)
            assert new >= old, (texts, found)
            assert effect is Effect.STRONGER or new == old, (texts, found)
