"""A local git range judged without GitHub: the same assessment, but nobody's approval is known."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.core.assessment import Assessment
from app.core.oci import Audience
from app.core.pull_request import Asked, People, Permission, PullRequest, PullRequestRef, PullRequestState
from app.core.verdict import worst_first
from app.jobs.assess import Assessor, Viewer
from app.jobs.changes import read_changes
from app.jobs.evidence_files import not_ours
from app.jobs.local_range import LocalRange
from app.jobs.own_edits import Ours, read_own_edits
from app.jobs.policy_edits import read_edits
from app.jobs.policy_texts import Known, Range, read_policy_files
from app.jobs.ports import Clock, Clone, Renderer
from app.jobs.reviews import places_of
from app.policy import Policy, ReviewCase


@dataclass(frozen=True, slots=True)
class CommitRangeJob:
    """Judges ranges of one clone for the person at the terminal, who may use every credential that is configured.

    `operator_floor` is the text of the operator's floor, which holds besides the policy of the base.
    """

    clone: Clone
    assessor: Assessor
    clock: Clock
    audience: Audience
    renderer: Renderer | None = None
    operator_floor: str | None = None

    def run(self, judged: LocalRange) -> Assessment:
        """Assess a range; raises `PolicyError` when the policy at its base is broken."""
        known = Known(operator_floor=self.operator_floor)
        files = read_policy_files(self.clone, Range(judged.base, judged.head, judged.files), known)
        policy = Policy.parse(files)
        changes = read_changes(self.clone, judged.files, judged.commits, self.renderer)
        edits = read_edits(self.clone, judged.files, judged.commits)
        edits += read_own_edits(self.clone, judged.files, judged.commits, Ours(policy.in_force.governed))
        assessed = self.assessor.assess(changes.images, policy, Viewer(self.audience))
        now = self.clock()
        strange = not_ours(judged.files, assessed, policy.identity)
        findings = policy.judge(assessed, (*changes.unjudged, *strange), at=now)
        findings = worst_first((*findings, *policy.judge_edits(edits)))
        case = ReviewCase(_as_pull_request(judged), findings, edits=edits, places=places_of(assessed))
        case = replace(case, people=_nobody(policy.asks(case)))
        return Assessment(
            base_ref=None,
            base_tip=judged.base,
            merge_base=judged.merge_base,
            head=judged.head,
            standing=policy.standing,
            policy=policy.identity,
            changes=assessed,
            edits=edits,
            findings=findings,
            demands=policy.judge_reviews(case),
            unreadable=changes.unreadable,
            assessed_at=now,
            proposed=policy.proposed_errors,
            notices=(*policy.notices, *policy.notices_of(findings, now), *changes.warnings),
            roots=self.assessor.verifier.roots(),
            recheck_at=policy.recheck_at(findings),
        )


def _nobody(asked: Asked) -> People:
    """Stand for people that nobody was asked about: they exist, and none of them has approved."""
    return People({team: frozenset() for team in asked.teams}, dict.fromkeys(asked.users, Permission.READ))


def _as_pull_request(judged: LocalRange) -> PullRequest:
    """Show the range to the review rules as a pull request that nobody has reviewed."""
    return PullRequest(
        ref=PullRequestRef(installation=0, repository_id=0, owner="", name="", number=0),
        title="",
        author=None,
        state=PullRequestState.OPEN,
        draft=False,
        base_ref="",
        base_tip=judged.base,
        merge_base=judged.merge_base,
        head=judged.head,
        head_repository_id=0,
        private=True,
        files=judged.files,
        commits=(),
        reviews=(),
    )
