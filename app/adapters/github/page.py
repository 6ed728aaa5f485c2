"""One pull request on GitHub, behind the port `PullRequestPage`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from app.adapters.github import answers, people, review_requests, reviewed
from app.adapters.github.branch_rules import RuleBook
from app.adapters.github.check_runs import NO_REPORT, CheckRuns
from app.adapters.github.client import Client
from app.adapters.github.failures import NotGranted
from app.adapters.github.files import Files
from app.adapters.github.floor import Floors
from app.adapters.github.listing import below
from app.adapters.github.operations import LOOK, STATUSES
from app.adapters.github.publishing import CommentThread, StatusBoard
from app.adapters.github.pushers import pushers
from app.adapters.github.queries import WHERE_IT_STANDS, look_again, next_page
from app.adapters.github.reading import (
    listed_statuses,
    our_comments,
    own_statuses,
    pull_request,
    repository,
    siblings,
)
from app.adapters.github.review_requests import AskedOnce
from app.adapters.github.shapes import dig, moment, rows, words
from app.adapters.github.snapshot import Reader, Snapshot, comment_ids
from app.core.command import Reaction
from app.core.errors import Gone, Moved, Unavailable, Unsaid
from app.core.gate import BranchRules
from app.core.pull_request import (
    Asked,
    Comment,
    CommitStatus,
    Floor,
    FloorState,
    Objects,
    People,
    Place,
    Publication,
    PullRequest,
    PullRequestRef,
    Pushers,
    Report,
    ReviewedCommit,
    StatusState,
)
from app.core.tree import File, Listing

MAX_OWN_COMMENTS = 10
MAX_WRITES = 5
"""What one look may write: a status that it began, two that say its verdict, the comment, the report."""

_Taken = TypeVar("_Taken")
_COMMIT = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Office:
    """What the pages of one App share: floors, counts of statuses, the marker's key, branches' rules, who was asked."""

    floors: Floors
    board: StatusBoard
    marker_key: bytes = field(repr=False)
    rules: RuleBook
    asked: AskedOnce = field(default_factory=AskedOnce)
    reports: CheckRuns | None = None


@dataclass(frozen=True, slots=True)
class Others:
    """Clients besides the reader's, each for one task: reading members of teams, asking teams, reporting."""

    teams: Client
    asking: Client
    reporting: Client


class GitHubPage:
    """A pull request with credentials bound; used by one job in one thread."""

    def __init__(self, reader: Reader, others: Others, office: Office) -> None:
        """Bind what is needed; nothing is read yet."""
        self._reader = reader
        self._others = others
        self._office = office
        self._snapshot: Snapshot | None = None
        self._shown: tuple[CommitStatus, ...] = ()
        self._floor: Floor | None = None
        self._said: dict[str, CommitStatus] = {}
        self._writes = 0

    def get(self) -> PullRequest:
        """Read the pull request as it is now."""
        self._snapshot = still_ours(self._reader.take)
        self._shown = self._snapshot.pull.statuses
        return self._snapshot.pull

    def read(self, commit: str, paths: Iterable[str]) -> Mapping[str, File]:
        """Return each path's content at `commit`; a path that does not exist there is not in the answer."""
        found = self._files.at(commit, tuple(paths))
        return {path: entry.file for path, entry in found.items() if entry.file is not None}

    def list(self, commit: str, folder: str) -> Listing:
        """Return every path below a folder at `commit`; the empty name is the root of the repository."""
        return below(self._files, commit, folder)

    def floor(self) -> Floor:
        """Read the owner's floor; raises `Unavailable` when GitHub does not answer now."""
        self._floor = self._office.floors.of(self._ref)
        return self._floor

    def people(self, asked: Asked) -> People:
        """Read the members of these teams and the permissions of these people, as they are now."""
        return People(
            teams=people.teams(self._others.teams, asked.teams) if asked.teams else {},
            permissions=people.permissions(self._reader.client, self._ref, asked.users),
        )

    def pushers(self) -> Pushers:
        """Read who pushed the commits that `get` read, as far as GitHub shows it."""
        return pushers(self._reader.client, self._judged)

    def changed_at(self, commit: str) -> ReviewedCommit:
        """Compare a commit that somebody reviewed with the base's tip that `get` read."""
        return reviewed.changed_at(self._reader.client, self._ref, self._judged.pull.base_tip, commit)

    def objects(self, places: Iterable[Place]) -> Objects:
        """Read mode and git id of paths at commits; those of a commit that is not shown are left out."""
        return reviewed.objects(self._reader.client, self._ref, places)

    def rules(self, contexts: Iterable[str]) -> BranchRules:
        """Say what is required before a merge into the base branch, above all of these contexts; never raises."""
        place = (self._judged.pull.base_ref, contexts)
        return self._office.rules.of(self._reader.client, self._ref, place)

    def merged_at(self, number: int) -> datetime | None:
        """Say when another pull request of this repository was merged; one that is not there was not."""
        names = {"owner": self._ref.owner, "name": self._ref.name, "number": number}
        data = self._reader.client.ask(LOOK, WHERE_IT_STANDS, names).data
        return moment(repository(data, self._ref), "pullRequest", "mergedAt")

    def announce(self, statuses: Iterable[CommitStatus]) -> None:
        """Set statuses on the head that `get` read, leaving out those that say the same already."""
        target = (self._reader.client, self._ref, self._judged.pull.head)
        before = self._shown
        self._shown = self._office.board.show(target, statuses, before)
        new = set(self._shown) - set(before)
        self._said |= {one.context.lower(): one for one in new}
        self._writes += len(new)

    def announce_on(self, head: str, statuses: Iterable[CommitStatus]) -> None:
        """Set statuses on a commit that only a delivery named, for when `get` itself failed."""
        self._office.board.show((self._reader.client, self._ref, head), statuses, self._ours_on(head))

    def publish(self, publication: Publication) -> int | None:
        """Show the result on the head that `get` read.

        1. Look again: floor, head, base branch, base tip (and with it the policy), siblings; raise `Moved` when any
           differs.
        2. Statuses first: they are the gate, and do not wait for the comment.
        3. The comment; raise `Unsaid` when it cannot be written.
        """
        judged = self._judged
        comments = self._own_comments(judged, publication)
        if self._floor is not None and self._floor.state is FloorState.PRESENT:
            self._floor_holds(self._floor)
        data = self._look_again(judged, comments)
        read = own_statuses(dig(data, "repository", "head"), self._reader.slug())
        # What was read may be older than what this look has said a moment ago: then nobody knows what stands there.
        self._shown = tuple(one for one in read if self._said.get(one.context.lower(), one) == one)
        self.announce(publication.statuses)
        if publication.comment is None:
            return publication.comment_id
        comment = self._told(publication.comment)
        thread = CommentThread(self._reader.client, self._ref, self._reader.slug(), self._office.marker_key)
        found = thread.find((dig(data, f"n{place}") for place in range(len(comments))), publication.comment_id)
        if found is None and publication.comment_id is not None and _was_judged(judged.pull):
            return publication.comment_id  # somebody deleted it on this head: it stays away until the next one
        self._writes += not thread.stands(comment, found)
        try:
            return thread.show(comment, found)
        except Unavailable as failure:
            sentence = f"The comment could not be written: {failure.sentence}"
            unsaid = Unsaid(sentence, retry_after=failure.retry_after, permanent=failure.permanent)
            unsaid.is_early = failure.is_early
            raise unsaid from None

    def report(self, report: Report, *, anew: bool = False) -> None:
        """Show the long form as a check run on the head that `get` read; never raises."""
        if self._office.reports is not None:
            place = (self._others.reporting, self._ref, self._judged.pull.head)
            self._writes += self._office.reports.show(place, report, (MAX_WRITES - self._writes, anew))

    def give_up(self, head: str, status: CommitStatus) -> bool:
        """Set a status on a commit where ours of the same context still says pending; say whether it did."""
        shown = self._ours_on(head)
        pending = {one.context.lower() for one in shown if one.state is StatusState.PENDING}
        if status.context.lower() not in pending:
            return False
        self._office.board.show((self._reader.client, self._ref, head), [status], shown)
        return True

    def request_reviewers(self, names: Iterable[str]) -> None:
        """Ask these teams and people for a review, each once; never raises."""
        ways = review_requests.Ways(self._reader.client, self._others.asking)
        review_requests.request(ways, self._ref, names, self._office.asked)

    def react(self, comment: str, reaction: Reaction) -> None:
        """React to a comment, given by its node id; never raises."""
        answers.react(self._reader.client, comment, reaction)

    def answer(self, comment: str, text: str) -> None:
        """Answer a comment, given by its node id, once."""
        answers.answer(self._reader.client, self._ref, (comment, text), self._reader.slug())

    def new_file_link(self, path: str, text: str) -> str:
        """Return where GitHub offers a new file to be proposed for the base branch."""
        api = self._office.floors.connection.url
        return answers.new_file_link(api, self._ref, self._judged.pull.base_ref, (path, text))

    @property
    def _ref(self) -> PullRequestRef:
        return self._reader.ref

    @property
    def _files(self) -> Files:
        return self._reader.files

    @property
    def _judged(self) -> Snapshot:
        if self._snapshot is None:
            raise RuntimeError("get() comes first")
        return self._snapshot

    def _told(self, comment: Comment) -> Comment:
        """Say in the comment's last line what the installation does not let us do."""
        lacks = self._office.reports is not None and self._office.reports.lacks(self._ref.installation)
        return replace(comment, footer=f"{comment.footer} <sub>· {NO_REPORT}</sub>") if lacks else comment

    def _ours_on(self, head: str) -> tuple[CommitStatus, ...]:
        """Return our statuses on a commit that only a delivery or a list named."""
        if not _COMMIT.fullmatch(head):
            raise Unavailable("The delivery named no commit.", permanent=True)
        call = STATUSES.at(owner=self._ref.owner, repo=self._ref.name, ref=head).asking(per_page=100)
        return listed_statuses(rows(self._reader.client.send(call).json()), self._reader.slug())

    def _look_again(self, judged: Snapshot, comments: tuple[str, ...]) -> object:
        names = {"owner": self._ref.owner, "name": self._ref.name, "number": self._ref.number}
        nodes = {f"n{place}": node for place, node in enumerate(comments)}
        stands = {"head": judged.pull.head, "baseRef": judged.pull.base_ref}
        graph = self._reader.client.ask(LOOK, look_again(comments), names | stands | nodes)
        pull = pull_request(graph.data, self._ref)
        if any(error.path[:1] not in {(name,) for name in nodes} for error in graph.errors):
            raise Unavailable("GitHub does not let the App read this pull request again.", permanent=True)
        now = (words(pull, "baseRefName"), words(pull, "baseRef", "target", "oid"), words(pull, "headRefOid"))
        at = judged.position
        if now != (at.base_ref, at.base_tip, at.head):
            raise Moved("The pull request or its base branch moved while it was judged.")
        if siblings(dig(graph.data, "repository"), self._ref, at) != judged.pull.siblings:
            raise Moved("Another pull request with this head came or went meanwhile.")
        return graph.data

    def _floor_holds(self, floor: Floor) -> None:
        if self._office.floors.moved(self._ref, floor):
            raise Moved("The organisation's floor changed while the pull request was judged.")

    def _own_comments(self, judged: Snapshot, publication: Publication) -> tuple[str, ...]:
        """Return the node ids of the comments that may be ours, the stored one first.

        Of a long thread the last hundred comments were seen; ours is mostly the first, so it is looked for from there.
        """
        if publication.comment is None:
            return ()
        found = judged.own_comments
        if judged.thread_is_longer and publication.comment_id not in {number for number, _ in found}:
            found += self._all_own_comments()
        ordered = sorted(dict(found).items(), key=lambda one: (one[0] != publication.comment_id, one[0]))
        return tuple(node for _, node in ordered[:MAX_OWN_COMMENTS])

    def _all_own_comments(self) -> tuple[tuple[int, str], ...]:
        names = {"owner": self._ref.owner, "name": self._ref.name, "number": self._ref.number}
        first = self._reader.client.ask(LOOK, next_page("comments"), names | {"after": None}).data
        found, _ = self._reader.pages("comments", dig(pull_request(first, self._ref), "comments"))
        return comment_ids(our_comments(found, self._reader.slug()))


def still_ours(take: Callable[[], _Taken]) -> _Taken:
    """Read something of the repository; raises `Gone` where the App is not installed on it any more."""
    try:
        return take()
    except NotGranted as refused:
        if refused.permissions:
            raise
    raise Gone("The App is not installed on this repository any more.")


def _was_judged(pull: PullRequest) -> bool:
    """Say whether this head had our final word before this job began."""
    return any(status.state is not StatusState.PENDING for status in pull.statuses)
