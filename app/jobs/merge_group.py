"""The job of a merge queue: a group of pull requests judged as it will land, on its own head.

No status is copied (AT-151). What passes is judged afresh: the combined change as that of a pull request, and each
pull request in the group with the reviews that it has now.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.core.assessment import Assessment
from app.core.errors import Moved
from app.core.merge_group import Members
from app.core.pull_request import PullRequest, PullRequestRef, PullRequestState, Record, StatusState
from app.jobs.opening import Opening
from app.jobs.ports import Ledger, MergeGroupPage, MergeQueues
from app.jobs.pull_request import PullRequestJob
from app.render import document
from app.render.merge_group import changed, not_judged, of_group, of_whole
from app.render.status import Pair, pending, statuses

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MergeGroupJob:
    """Judges merge groups as `looks` judges pull requests."""

    queues: MergeQueues
    looks: PullRequestJob
    ledger: Ledger

    def run(self, ref: PullRequestRef) -> Pair | None:
        """Judge a group and say so on its head; `None` where no policy asks for anything.

        1. The combined change, by the policy at the tip of the base branch.
        2. Each pull request in it, with its reviews as they are now.
        3. The group again: raises `Moved` when it is not what was judged.
        4. The statuses, and the record.
        5. What was judged of the members meanwhile: one that lost its verdict takes the group's with it.

        Raises `Unavailable` when GitHub or the database does not answer.
        """
        page = self.queues.open_group(ref)
        group = page.get()
        combined = self.looks.judge(page, group)
        if combined is None:
            return None
        members = page.members()
        # A group's head has no other status, and an absent one holds the queue too.
        with Opening(lambda: page.announce(pending(group.base_ref)[:1]), self.looks.patience):
            verdicts = {one.number: self._judged(one) for one in members.refs}
        shown = self._verdict(combined, members, verdicts)
        self._holds(page, group, members)
        page.announce(shown)
        self.ledger.record(_record(group, combined, shown))
        self._outlasts(page, members, verdicts)
        _log.info("judged a merge group of %d: %s", len(members.refs), ", ".join(one.state.value for one in shown))
        return shown

    def _judged(self, member: PullRequestRef) -> Assessment | None:
        """Judge a member with its reviews; `None` when it is not what was queued."""
        page = self.looks.forge.open(member)
        pull = page.get()
        queued = (PullRequestState.OPEN, member.base_ref, member.head)
        return self.looks.judge(page, pull) if (pull.state, pull.base_ref, pull.head) == queued else None

    def _verdict(self, combined: Assessment, members: Members, verdicts: Mapping[int, Assessment | None]) -> Pair:
        base_ref = combined.base_ref or ""
        if members.unknown:
            return not_judged(base_ref, f"which pull requests the group holds is not known: {members.unknown}")
        whole = of_whole(combined, (one for one in verdicts.values() if one is not None))
        pairs = {number: changed(base_ref) if one is None else statuses(one) for number, one in verdicts.items()}
        return of_group(base_ref, whole, pairs)

    def _holds(self, page: MergeGroupPage, group: PullRequest, members: Members) -> None:
        again = page.get()
        if (again.base_tip, page.members()) != (group.base_tip, members):
            raise Moved("The merge group or its base branch moved while it was judged.")

    def _outlasts(self, page: MergeGroupPage, members: Members, verdicts: Mapping[int, Assessment | None]) -> None:
        """Raise `Moved` when a member was judged otherwise meanwhile; its look found no verdict here to take back."""
        for member in members.refs:
            ours = verdicts[member.number]
            if ours is None:
                continue
            # A group has no number: beside it, every pull request is another one.
            beside = replace(member, number=0)
            latest = self.ledger.siblings(beside, member.head or "", (member.number,)).get(member.number, ())
            passes = all(one.state is StatusState.SUCCESS for one in latest)
            if not passes and all(one.state is StatusState.SUCCESS for one in statuses(ours)):
                page.announce(pending(ours.base_ref or ""))
                raise Moved("A pull request in the group was judged anew meanwhile.")


def _record(group: PullRequest, combined: Assessment, shown: Pair) -> Record:
    return Record(
        ref=group.ref,
        base_ref=group.base_ref,
        base_tip=group.base_tip,
        head=group.head,
        statuses=shown,
        policy_in_force=False,
        removes_policy=False,
        floor_present=False,
        comment_id=None,
        assessed_at=combined.assessed_at,
        document=document.text(document.check(combined)),
    )
