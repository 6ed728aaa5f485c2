"""The assessment: what was asked, what was found, what it means. A value; renderers read everything from it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.core.attestation import Conclusion, Evidence, Lookup, RootState, TrustedStatement
from app.core.gate import Gate
from app.core.inventory import ImageChange, UnreadablePlace
from app.core.policy_edit import PolicyEdit
from app.core.posture import MeasureChange, Posture
from app.core.verdict import Finding, Mode, Outcome, worst, worst_effective
from app.core.versions import Order


@dataclass(frozen=True, slots=True)
class AssessedImage:
    """One side of a change: the evidence, what of it is trusted, and the words for what the policy asks.

    `signature` is the word for the signature (NOT_REQUIRED when no scope asks); `attestations` one conclusion for each
    attestation that a scope asks for. `posture` is the strictest that any matching scope reads; `views` are those of
    the scopes that read it otherwise, by `Scope.key`.
    """

    evidence: Evidence
    trusted: tuple[TrustedStatement, ...]
    posture: Posture
    signature: Conclusion
    attestations: tuple[Conclusion, ...] = ()
    views: Mapping[str, Posture] = field(default_factory=dict)

    def as_read_by(self, scope: str) -> Posture:
        """Return the posture that a scope judges by."""
        return self.views.get(scope, self.posture)


@dataclass(frozen=True, slots=True)
class AssessedChange:
    """An image change with both sides assessed; a side is `None` when it does not exist or has no repository.

    `source` is how the new source commit stands to the old one; `None` when neither follows the other, or nobody knows.
    """

    change: ImageChange
    before: AssessedImage | None
    after: AssessedImage | None
    measures: tuple[MeasureChange, ...]
    source: Order | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's latest review, whether it counts for a demand, and why, in one clause.

    `why` is empty for an approval of the very head; one of an earlier commit that still counts says why it does.
    `id` is the account's number, 0 when it is gone; `commit` the one that was reviewed, empty when it is not known.
    """

    login: str
    counted: bool
    why: str = ""
    id: int = 0
    commit: str = ""


class DemandState(enum.Enum):
    """Where a demand for reviewers stands. STATED: said and recorded, does not wait (solo, observe)."""

    MET = "met"
    WAITING = "waiting"
    STATED = "stated"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class ReviewDemand:
    """One demand for reviewers: `rule` names what asks, `reason` says why, `whom` who can meet it, in words.

    `needed` approvals are asked for (the fewest that could do); `approvals` are the reviews that were looked at.
    `sentence` says the state to a person ("waits for 1 approval from @acme/security"). `ask` are the teams
    (`owner/slug`) and people to be asked on GitHub for their review.
    """

    rule: str
    reason: str
    paths: tuple[str, ...]
    needed: int
    whom: str
    approvals: tuple[Approval, ...]
    state: DemandState
    sentence: str
    ask: tuple[str, ...] = ()


class Standing(enum.Enum):
    """Which policy, if any, judges this change."""

    IN_FORCE = "in force"
    SILENT = "no policy, nothing is said"
    PROPOSED = "valid, in force once merged"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class PolicyIdentity:
    """The policy that judged: the commit and path it was read at (base branch's tip), and the floor's commit.

    `digest` and `floor_digest` are the SHA-256 of their texts, in hexadecimal; empty where there is none.
    """

    commit: str
    path: str | None
    floor_commit: str | None = None
    mode: Mode = Mode.ENFORCE
    digest: str = ""
    floor_digest: str = ""


@dataclass(frozen=True, slots=True)
class PastChange:
    """Something of the past of which a proposed policy says something else than the one in force.

    `subject` is the image's key or a path, `before` and `after` the words of the policy in force and of the proposed
    one, `sentence` what decides (of the stricter word). `commit` brought it into the base branch.
    """

    commit: str
    subject: str
    before: str
    after: str
    stricter: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What a proposed policy would have said to the last image changes of the base branch; nothing depends on it.

    Of `wanted` merged changes `judged` could be judged, for which `looked` commits were looked at. `stricter` and
    `milder` count those to which it is known to say otherwise, as a whole; `open` those of which something could not be
    found out. `unknown` says in a clause why not more is told.
    """

    wanted: int
    judged: int = 0
    looked: int = 0
    stricter: int = 0
    milder: int = 0
    open: int = 0
    otherwise: tuple[PastChange, ...] = ()
    unknown: str = ""

    @property
    def different(self) -> int:
        """How many merged changes would have been told something else."""
        return self.stricter + self.milder


@dataclass(frozen=True, slots=True)
class Assessment:
    """The whole assessment of base → head.

    `base_ref` is `None` for a local range. `broken` is the sentence when the policy is broken or gone. `proposed` are
    the errors (`path:line: sentence`) of a policy file that the change itself proposes. `notices` are sentences worth
    saying that no rule made. `roots` are the trusted roots under which signatures were proved.
    `recheck_at` is when the verdict may next change by itself; `None` for never. `gate` says whether the verdict holds
    the merge, and is `None` where there is none to hold. `what_if` is there, once it is known, where our own policy
    changes. `evidence_files` says in a clause that none is proposed where they are wanted, and why.
    """

    base_ref: str | None
    base_tip: str
    merge_base: str
    head: str
    standing: Standing
    policy: PolicyIdentity
    changes: tuple[AssessedChange, ...]
    edits: tuple[PolicyEdit, ...]
    findings: tuple[Finding, ...]
    demands: tuple[ReviewDemand, ...]
    unreadable: tuple[UnreadablePlace, ...]
    assessed_at: datetime
    broken: str = ""
    proposed: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    roots: tuple[RootState, ...] = ()
    recheck_at: datetime | None = None
    gate: Gate | None = None
    what_if: WhatIf | None = None
    evidence_files: str = ""

    @property
    def outcome(self) -> Outcome:
        """The verdict as if enforced; a broken policy is INCOMPLETE, for nothing could be found out."""
        return max(worst(self.findings), Outcome.INCOMPLETE if self.broken else Outcome.OK)

    @property
    def effective(self) -> Outcome:
        """The verdict that counts in the status."""
        return max(worst_effective(self.findings), Outcome.INCOMPLETE if self.broken else Outcome.OK)

    @property
    def waits_for_the_world(self) -> bool:
        """Whether a place did not answer that may make the verdict milder later, without a push.

        Also when it is BLOCKED: what was found does not do, and what would may lie where nobody answered.
        """
        return any(self._failed) and any(finding.outcome >= Outcome.INCOMPLETE for finding in self.findings)

    @property
    def retry_after(self) -> float:
        """The longest wait in seconds that a registry asked for; 0 when none did."""
        return max((lookup.retry_after or 0.0 for lookup in self._failed), default=0.0)

    @property
    def _failed(self) -> tuple[Lookup, ...]:
        sides = (side for change in self.changes for side in (change.before, change.after) if side is not None)
        return tuple(lookup for side in sides for lookup in (*side.evidence.failed, *side.evidence.unanswered))
