"""Write on a pull request: commit statuses, and the one comment."""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from app.adapters.github.client import Client
from app.adapters.github.failures import Refused
from app.adapters.github.operations import COMMENT, EDIT, LOOK, STATUS, STATUSES
from app.adapters.github.queries import LAST_COMMENTS
from app.adapters.github.reading import our_comments, pull_request
from app.adapters.github.shapes import needed_whole, rows, whole, words
from app.core.errors import Unavailable
from app.core.pull_request import Comment, CommitStatus, PullRequestRef, StatusState, assessment_path

MAX_DESCRIPTION = 140
MAX_COMMENT = 60_000
FULL = 900
LOOK_EVERY = 50
MAX_COUNTED = 50_000
SHORT = "See the comment on the pull request."
NO_ROOM = "This commit holds nearly as many statuses as GitHub takes. Push a commit."
CUT = "\n\n*The rest of this comment was cut off: it is too long for GitHub.*"
UNPROCESSABLE = 422
NOT_FOUND = 404
_MARKER = re.compile(r"<!-- assay v1 mac=([0-9a-f]{64}) body=([0-9a-f]{64}) text=([0-9a-f]{64}) -->\s*\Z")
_SECRET = re.compile(
    r"gh[a-z]_[A-Za-z0-9_.\-]{10,}|github_pat_\w{10,}|Bearer\s+[\w.~+/\-]{16,}|eyJ[\w\-]{10,}\.[\w\-]{10,}\.[\w\-]{10,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
)


def safe(text: str) -> str:
    """Take out whatever looks like a credential: the last line of defence before text is shown to everybody."""
    return _SECRET.sub("[removed]", text)


@dataclass(frozen=True, slots=True)
class StatusBoard:
    """Sets statuses; counts them, because GitHub takes only 1,000 a commit and context.

    `pages` is where people read what was judged, the target of every status; `None` for none. What stands already is
    not set again for the sake of its target.
    """

    pages: str | None = None
    written: dict[tuple[int, str, str], int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def show(
        self, page: tuple[Client, PullRequestRef, str], wanted: Iterable[CommitStatus], shown: Iterable[CommitStatus]
    ) -> tuple[CommitStatus, ...]:
        """Set each wanted status on a commit unless `shown` says the same already; return what is shown then."""
        now = {status.context.lower(): status for status in shown}
        for wished in (_fit(one) for one in wanted):
            standing = now.get(wished.context.lower())
            if standing == replace(wished, description=SHORT):
                continue  # GitHub refused to say more of this once; to try each time would tell everybody each time
            status = wished if standing == wished else self._allowed(page, wished)
            if standing != status:
                now[wished.context.lower()] = self._set(page, status)
        return tuple(now.values())

    def _set(self, page: tuple[Client, PullRequestRef, str], status: CommitStatus) -> CommitStatus:
        try:
            self._post(page, status)
        except Refused as refused:
            if refused.status != UNPROCESSABLE or "description" not in _fields(refused.body):
                raise
        else:
            return status
        short = CommitStatus(status.context, status.state, SHORT)
        self._post(page, short)
        return short

    def _post(self, page: tuple[Client, PullRequestRef, str], status: CommitStatus) -> None:
        client, ref, head = page
        body = {"state": status.state.value, "context": status.context, "description": status.description}
        # Where nothing is judged, a status only introduces itself: no page is behind it.
        introduces = ref.is_group and ref.head is None
        if self.pages is not None and not introduces:
            body["target_url"] = self.pages + assessment_path(ref.repository_id, ref.number, head)
        client.send(STATUS.at(owner=ref.owner, repo=ref.name, sha=head).saying(body))

    def _allowed(self, page: tuple[Client, PullRequestRef, str], status: CommitStatus) -> CommitStatus:
        """Return what may be said: the last hundred places of a commit are for bad news.

        A commit that is spammed full would keep its last word for ever, also a success that no longer holds; so once it
        is nearly full, an error takes the place of anything better.
        """
        if status.state in {StatusState.FAILURE, StatusState.ERROR}:
            return status
        client, ref, head = page
        key = (ref.repository_id, head, status.context.lower())
        with self.lock:
            if len(self.written) > MAX_COUNTED:
                self.written.clear()
            count = self.written[key] = self.written.get(key, 0) + 1
        if count % LOOK_EVERY:
            return status
        call = STATUSES.at(owner=ref.owner, repo=ref.name, ref=head).asking(per_page=1, page=FULL)
        if not rows(client.send(call).json()):
            return status
        with self.lock:
            self.written[key] = count - 1  # and from now on each time
        return CommitStatus(status.context, StatusState.ERROR, NO_ROOM)


def _fit(status: CommitStatus) -> CommitStatus:
    return CommitStatus(status.context, status.state, safe(status.description)[:MAX_DESCRIPTION])


def _fields(body: object) -> set[str]:
    return {words(row, "field") or "" for row in rows(body, "errors")}


@dataclass(frozen=True, slots=True)
class Sticky:
    """Our comment as GitHub shows it; `sound` is false when somebody changed its text."""

    id: int
    body_hash: str | None
    sound: bool


@dataclass(frozen=True, slots=True)
class CommentThread:
    """The one comment of a pull request, known by its id, by its author (us) and by a marker that only we can make."""

    client: Client
    ref: PullRequestRef
    slug: str
    key: bytes = field(repr=False)

    def find(self, candidates: Iterable[object], stored: int | None) -> Sticky | None:
        """Return our comment among GitHub's answers: written by us, and either with the stored id or with our marker.

        Anyone can paste the marker, so the author is asked for; we may one day be made to quote one, so it is bound to
        the pull request and signed.
        """
        ours = [self._sticky(row, stored) for row in our_comments(candidates, self.slug)]
        found = [sticky for sticky in ours if sticky is not None]
        return min(found, key=lambda sticky: (sticky.id != stored, sticky.id), default=None)

    def stands(self, comment: Comment, found: Sticky | None) -> bool:
        """Say whether a comment stands there as it should."""
        return found is not None and found.sound and found.body_hash == _hash(comment.body)

    def show(self, comment: Comment, found: Sticky | None) -> int:
        """Show a comment: nothing is sent when it stands there already, an edit when it changed, else a new one."""
        body_hash = _hash(comment.body)
        if found is not None and self.stands(comment, found):
            return found.id
        text = self._text(comment, body_hash)
        if found is None:
            return self._create(text)
        try:
            self.client.send(
                EDIT.at(owner=self.ref.owner, repo=self.ref.name, comment_id=found.id).saying({"body": text})
            )
        except Refused as refused:
            if refused.status != NOT_FOUND:
                raise
            raise Unavailable("The comment was deleted while it was to be edited.") from None
        return found.id

    def _create(self, text: str) -> int:
        call = COMMENT.at(owner=self.ref.owner, repo=self.ref.name, issue_number=self.ref.number).saying({"body": text})
        try:
            return needed_whole(self.client.send(call).json(), "id")
        except Refused as refused:
            if refused.permanent or refused.retry_after is not None:
                raise
            failure: Unavailable = refused
        except Unavailable as lost:
            failure = lost
        # The answer was lost, perhaps after the comment was made: look before anybody tries again.
        names = {"owner": self.ref.owner, "name": self.ref.name, "number": self.ref.number}
        data = self.client.ask(LOOK, LAST_COMMENTS, names).data
        made = self.find(rows(pull_request(data, self.ref), "comments", "nodes"), None)
        if made is None:
            raise failure
        return made.id

    def _text(self, comment: Comment, body_hash: str) -> str:
        room = MAX_COMMENT - len(self._marker("0" * 64, "0" * 64)) - len(CUT) - 2
        text = safe(f"{comment.body}\n\n{comment.footer}".strip())
        if len(text.encode()) > room:
            text = text.encode()[:room].decode(errors="ignore") + CUT
        return f"{text}\n\n{self._marker(body_hash, _hash(text))}"

    def _marker(self, body_hash: str, text_hash: str) -> str:
        claim = f"{self.ref.repository_id}#{self.ref.number} {body_hash} {text_hash}"
        mac = hmac.new(self.key, claim.encode(), hashlib.sha256).hexdigest()
        return f"<!-- assay v1 mac={mac} body={body_hash} text={text_hash} -->"

    def _sticky(self, row: object, stored: int | None) -> Sticky | None:
        number = whole(row, "fullDatabaseId")
        text = words(row, "body") or ""
        marker = _MARKER.search(text)
        genuine = marker is not None and hmac.compare_digest(
            marker.group(0).strip().encode(), self._marker(marker.group(2), marker.group(3)).encode()
        )
        if number is None or not (genuine or number == stored):
            return None
        if marker is None or not genuine:
            return Sticky(number, None, sound=False)
        return Sticky(number, marker.group(2), sound=_hash(text[: marker.start()]) == marker.group(3))


def _hash(text: str) -> str:
    """Hash a text as GitHub may give it back: line ends and blanks around it are not meant."""
    return hashlib.sha256(text.replace("\r\n", "\n").strip().encode()).hexdigest()
