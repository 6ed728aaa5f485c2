"""The main job: one pull request read, judged, shown and recorded."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

from app.core.assessment import Assessment, PolicyIdentity, Standing, WhatIf
from app.core.errors import Moved, PolicyError, Unavailable, Unsaid
from app.core.gate import Gate
from app.core.oci import Audience
from app.core.pull_request import (
    Comment,
    CommitStatus,
    FloorState,
    Past,
    Publication,
    PullRequest,
    PullRequestRef,
    PullRequestState,
    Record,
    StatusState,
    assessment_path,
)
from app.core.verdict import worst_first
from app.jobs.asking import may_ask
from app.jobs.assess import Assessor, Viewer
from app.jobs.changes import read_changes
from app.jobs.evidence_files import EvidenceFiles, not_ours
from app.jobs.opening import PATIENCE, Opening
from app.jobs.own_edits import FLOOR_REPOSITORY, Ours, read_own_edits
from app.jobs.policy_edits import read_edits
from app.jobs.policy_texts import Known, Range, read_policy_files
from app.jobs.ports import Clock, Forge, Ledger, MergeQueues, PullRequestPage, Renderer
from app.jobs.reviews import gather, places_of, said_of, to_ask
from app.jobs.what_if import Proposal, WhatIfs
from app.policy import PATH, Policy, PolicyFiles, ReviewCase
from app.render import document
from app.render.check_run import check_run
from app.render.comment import comment, linked, nothing_to_say
from app.render.merge_group import left
from app.render.status import Pair, contexts, crashed, pending, statuses, worst_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """What a look came to; `assessment` is `None` when there was nothing to judge. `closed`: it may be merged.

    `then` adds to the comment what takes longer than the verdict may; the verdict stands, whatever becomes of it.
    """

    assessment: Assessment | None
    then: Callable[[], None] | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class PullRequestJob:
    """Judges pull requests of one forge.

    A judgement that takes longer than `patience` seconds is announced as `pending`. `rerun`: it is asked for by the
    button of the report, which says then that it was seen.
    `floor_required` is the operator's word that there must be a floor, `operator_floor` the text of the operator's own.
    `what_ifs` tries proposed policies on what was merged; without it that is not told. `pages` is where people read the
    whole report, `None` for nowhere. `evidence_files` proposes files beside the manifests, once the verdict is shown.
    """

    forge: Forge
    assessor: Assessor
    ledger: Ledger
    clock: Clock
    floor_required: bool = False
    renderer: Renderer | None = None
    operator_floor: str | None = None
    queues: MergeQueues | None = None
    what_ifs: WhatIfs | None = None
    patience: float = PATIENCE
    rerun: bool = False
    pages: str | None = None
    evidence_files: EvidenceFiles | None = None

    def run(self, ref: PullRequestRef, recheck_by: str | None = None) -> Look:
        """Look at a pull request; nothing is judged where it is closed, has no policy, or who asks has no say.

        Raises `Unavailable` when GitHub or the database does not answer, `Moved` when what was judged changed.
        """
        page = self.forge.open(ref)
        pull = page.get()
        if pull.state is not PullRequestState.OPEN or (recheck_by is not None and not may_ask(page, pull, recheck_by)):
            closed = pull.state is not PullRequestState.OPEN
            _log.info("nothing to judge: %s", "closed" if closed else "no say")
            return Look(None, closed=closed)
        past = self.ledger.past(ref, pull.base_ref)
        files = read_policy_files(page, _range(pull), self._known(page, past, pull))
        try:
            policy = Policy.parse(files)
        except PolicyError as error:
            broken = self._unjudged(pull, files, Standing.BROKEN, str(error))
            return Look(self._show(page, broken, past))
        if policy.standing is Standing.SILENT:
            _log.info("no policy, no floor, none recorded: nothing is said")
            if past.policy_recorded:
                # So that it is known to have been looked at as it is now, where its policy was removed.
                silent = self._unjudged(pull, files, Standing.SILENT)
                self.ledger.record(_record(silent, (), past))
            return Look(None)
        state, removes = files.state, policy.removes_policy
        judged = replace(self._announced(page, pull, policy), policy_state=state, removes_policy=removes)
        proposal = None if self.what_ifs is None else Proposal.of(pull, files, policy)
        if self.what_ifs is None or proposal is None:
            return Look(self._show(page, judged, past), self._proposing(page, judged, policy))
        known = self.what_ifs.known(proposal) if recheck_by is None else None
        if known is not None:
            return Look(self._show(page, judged.with_what_if(known[0]), past))
        shown = judged.with_what_if(self.what_ifs.told_before(proposal))
        return Look(self._show(page, shown, past), partial(self._say_what_if, self.what_ifs, proposal, judged))

    def _proposing(self, page: PullRequestPage, judged: _Judged, policy: Policy) -> Callable[[], None] | None:
        files = self.evidence_files
        return None if files is None else partial(files.propose, page, judged.pull, policy, judged.assessment)

    def _announced(self, page: PullRequestPage, pull: PullRequest, policy: Policy) -> _Judged:
        with Opening(lambda: page.announce(_opening(pull)), self.patience):
            return self._judged(page, pull, policy)

    def judge(self, page: PullRequestPage, pull: PullRequest) -> Assessment | None:
        """Judge what a page showed, and say it to nobody; `None` where no policy asks for anything."""
        files = read_policy_files(
            page, _range(pull), self._known(page, self.ledger.past(pull.ref, pull.base_ref), pull)
        )
        try:
            policy = Policy.parse(files)
        except PolicyError as error:
            return self._unjudged(pull, files, Standing.BROKEN, str(error)).assessment
        return None if policy.standing is Standing.SILENT else self._judged(page, pull, policy).assessment

    def show_crash(self, ref: PullRequestRef, reference: str) -> None:
        """Say that judging failed, on the head that a delivery named and on the pull request's head as it is now.

        First the named one: reading the pull request may be what crashed. `reference` finds the log lines.
        """
        self._announce_on_named(ref, crashed(ref.base_ref or "", reference=reference))
        if ref.is_group:
            return
        page = self.forge.open(replace(ref, base_ref=None, head=None))
        pull = page.get()
        page.announce(crashed(pull.base_ref, reference=reference))

    def show_unread(self, ref: PullRequestRef) -> None:
        """Say on the head that a delivery named that the pull request could not be read.

        Nothing where none is named, nor where nothing was ever judged: most repositories may have no policy.
        """
        if self._speaks_in(ref):
            sentence = "GitHub's answers could not be used; it is tried again"
            self._announce_on_named(ref, crashed(ref.base_ref or "", sentence))

    def _announce_on_named(self, ref: PullRequestRef, pair: Pair) -> None:
        # The names come from a signed delivery and only ever lead to an `error`.
        if ref.head is not None and ref.base_ref is not None:
            self.forge.open(ref).announce_on(ref.head, pair)

    def _speaks_in(self, ref: PullRequestRef) -> bool:
        try:
            past = self.ledger.past(ref, ref.base_ref or "")
        except Unavailable:
            return True
        judged = past.policy_recorded or past.floor_seen or self.operator_floor is not None
        return judged or past.comment_id is not None

    def _known(self, page: PullRequestPage, past: Past, pull: PullRequest) -> Known:
        # Asked only when a recorded policy file may be gone by a removal that was judged: mostly nobody is.
        removals = past.removals if not page.read(pull.base_tip, (PATH,)) else ()
        moments = (page.merged_at(number) for number in removals)
        # A removal excuses only its own absence, not that of a policy that was in force after it.
        merged = any(moment is not None and not past.in_force_after(moment) for moment in moments)
        return Known(page.floor(), past, merged, self.floor_required, self.operator_floor)

    def _judged(self, page: PullRequestPage, pull: PullRequest, policy: Policy) -> _Judged:
        commits = (pull.merge_base, pull.head)
        changes = read_changes(page, pull.files, commits, self.renderer)
        ours = Ours(policy.in_force.governed, pull.ref.name.lower() == FLOOR_REPOSITORY)
        edits = (*read_edits(page, pull.files, commits), *read_own_edits(page, pull.files, commits, ours))
        audience = Audience(pull.ref.installation, pull.ref.owner.lower(), pull.ref.name.lower())
        assessed = self.assessor.assess(changes.images, policy, Viewer(audience, pull.from_fork))
        now = self.clock()
        none = "" if self.evidence_files is None else self.evidence_files.said_of(pull, assessed, policy.identity)
        strange = not_ours(pull.files, assessed, policy.identity, none)
        findings = policy.judge(assessed, (*changes.unjudged, *strange), at=now, missing=pull.incomplete)
        findings = worst_first((*findings, *policy.judge_edits(edits)))
        case = gather(page, policy, ReviewCase(pull, findings, edits=edits, places=places_of(assessed)))
        assessment = Assessment(
            base_ref=pull.base_ref,
            base_tip=pull.base_tip,
            merge_base=pull.merge_base,
            head=pull.head,
            standing=policy.standing,
            policy=policy.identity,
            changes=assessed,
            edits=edits,
            findings=findings,
            demands=policy.judge_reviews(case),
            unreadable=changes.unreadable,
            assessed_at=now,
            proposed=policy.proposed_errors,
            notices=(*policy.notices, *policy.notices_of(findings, now), *changes.warnings, *said_of(case.pushers)),
            roots=self.assessor.verifier.roots(),
            recheck_at=policy.recheck_at(findings),
            gate=Gate.of(page.rules(contexts(pull.base_ref)), contexts(pull.base_ref)),
            evidence_files=none,
        )
        in_force = policy.standing is Standing.IN_FORCE and policy.identity.path is not None
        return _Judged(pull, assessment, policy.identity.floor_commit is not None, in_force)

    def _unjudged(self, pull: PullRequest, files: PolicyFiles, standing: Standing, broken: str = "") -> _Judged:
        assessment = Assessment(
            base_ref=pull.base_ref,
            base_tip=pull.base_tip,
            merge_base=pull.merge_base,
            head=pull.head,
            standing=standing,
            policy=PolicyIdentity(pull.base_tip, files.path, files.floor.commit),
            changes=(),
            edits=(),
            findings=(),
            demands=(),
            unreadable=(),
            assessed_at=self.clock(),
            broken=broken,
        )
        # A broken file is a file that was there: it may not vanish unseen either.
        there = files.own is not None or bool(files.problem)
        return _Judged(pull, assessment, files.floor.state is FloorState.PRESENT, there, files.state)

    def _say_what_if(self, what_ifs: WhatIfs, proposal: Proposal, judged: _Judged) -> None:
        """Add to the comment what the proposed policy would have said; `Moved` when all was judged for another head."""
        page = self.forge.open(replace(proposal.pull.ref, base_ref=None, head=None))
        pull = page.get()
        if _place(pull) != _place(proposal.pull):
            return
        judged = replace(judged, pull=pull).with_what_if(what_ifs.tell(proposal, page, self.assessor))
        past = self.ledger.past(pull.ref, pull.base_ref)
        own, written = statuses(judged.assessment), self._comment(judged)
        if judged.assessment.what_if is not None and written is not None:
            comment_id = page.publish(Publication(self._worst(pull, own), written, past.comment_id))
            self.ledger.record(replace(_record(judged, own, past), comment_id=comment_id))

    def _comment(self, judged: _Judged) -> Comment | None:
        pull, written = judged.pull, comment(judged.assessment)
        if written is None or self.pages is None:
            return written
        return linked(written, self.pages + assessment_path(pull.ref.repository_id, pull.ref.number, pull.head))

    def _show(self, page: PullRequestPage, judged: _Judged, past: Past) -> Assessment:
        pull, assessment = judged.pull, judged.assessment
        own = statuses(assessment)
        written = self._comment(judged)
        if written is None and past.comment_id is not None:
            written = nothing_to_say(assessment)
        record = _record(judged, own, past)
        groups = self._counted_on(pull, own)
        self._take_back(page, groups, left(pull.ref.number, own))
        if pull.siblings:
            # Before anything is shown: whichever of them shows last then knows what all of them found.
            self.ledger.record(record)
        shown = self._worst(pull, own)
        try:
            comment_id = page.publish(Publication(shown, written, past.comment_id))
        except Unsaid:
            self.ledger.record(record)
            self._report(page, judged)
            raise
        self.ledger.record(replace(record, comment_id=comment_id))
        # Once more: a group that was being judged read the old record, or reads this one.
        self._take_back(page, groups, left(pull.ref.number, own))
        if self._worst(pull, own) != shown:
            raise Moved("Another pull request with this head was judged meanwhile.")
        if written is not None:
            self._report(page, judged)
        page.request_reviewers(to_ask(assessment))
        _log.info("judged: %s", assessment.outcome.word)
        return assessment

    def _report(self, page: PullRequestPage, judged: _Judged) -> None:
        paths = {path for file in judged.pull.files if (path := file.head_path) is not None}
        page.report(check_run(judged.assessment, paths), anew=self.rerun)

    def _counted_on(self, pull: PullRequest, own: Pair) -> Iterable[str]:
        """Return the heads of the merge groups that count on a verdict that this pull request has lost just now."""
        if self.queues is None or _passes(own):
            return ()
        number = pull.ref.number
        before = self.ledger.siblings(replace(pull.ref, number=0), pull.head, (number,)).get(number, ())
        queued = replace(pull.ref, base_ref=pull.base_ref, head=pull.head)
        return self.queues.groups_with(queued) if before and _passes(before) else ()

    def _take_back(self, page: PullRequestPage, groups: Iterable[str], lost: Iterable[CommitStatus]) -> None:
        for head in groups:
            page.announce_on(head, lost)

    def _worst(self, pull: PullRequest, own: Pair) -> Pair:
        recorded = self.ledger.siblings(pull.ref, pull.head, pull.siblings)
        return worst_of(own, {number: recorded.get(number) for number in pull.siblings})


@dataclass(frozen=True, slots=True)
class _Judged:
    pull: PullRequest
    assessment: Assessment
    floor_present: bool
    policy_present: bool
    policy_state: str = ""
    removes_policy: bool = False

    def with_what_if(self, told: WhatIf | None) -> _Judged:
        return replace(self, assessment=replace(self.assessment, what_if=told))


def _record(judged: _Judged, own: tuple[CommitStatus, ...], past: Past) -> Record:
    """Keep our own words, never those combined with others: two pull requests would wait for each other."""
    pull, assessment = judged.pull, judged.assessment
    return Record(
        ref=pull.ref,
        base_ref=pull.base_ref,
        base_tip=pull.base_tip,
        head=pull.head,
        statuses=own,
        policy_in_force=judged.policy_present,
        removes_policy=judged.removes_policy,
        floor_present=judged.floor_present,
        comment_id=past.comment_id,
        assessed_at=assessment.assessed_at,
        document=document.text(document.check(assessment)),
        policy_state=judged.policy_state,
        recheck_at=assessment.recheck_at,
        asks_people=bool(assessment.demands),
    )


def _passes(statuses: Iterable[CommitStatus]) -> bool:
    return all(one.state is StatusState.SUCCESS for one in statuses)


def _place(pull: PullRequest) -> tuple[object, ...]:
    return pull.state, pull.base_ref, pull.base_tip, pull.head


def _range(pull: PullRequest) -> Range:
    return Range(pull.base_tip, pull.head, pull.files)


def _opening(pull: PullRequest) -> tuple[CommitStatus, ...]:
    """Return what to begin with where nothing stands yet, or a success that is being judged anew.

    One context is enough: both must be green, and each status is a write.
    """
    images, _ = pending(pull.base_ref)
    standing = {status.context: status.state for status in pull.statuses}.get(images.context)
    return (images,) if standing in {None, StatusState.SUCCESS} else ()
