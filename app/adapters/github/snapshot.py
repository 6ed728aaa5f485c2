"""Read a pull request as it is now: one comparison and one query when nothing moves and it is small."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from app.adapters.github.changes import HOLD_STILL, MAX_FILES, Comparison, FileList, all_files, compare
from app.adapters.github.client import Client, Graph
from app.adapters.github.failures import Refused
from app.adapters.github.files import MAX_ALIASES, Entry, Files, can_be_asked, may_pass
from app.adapters.github.huge import Huge
from app.adapters.github.operations import LOOK
from app.adapters.github.queries import WHERE_IT_STANDS, next_page, overview, wanted
from app.adapters.github.reading import (
    Position,
    commits,
    our_comments,
    own_statuses,
    person,
    position,
    pull_request,
    repository,
    retargeted,
    review,
    siblings,
)
from app.adapters.github.shapes import dig, flag, needed_whole, needed_words, rows, whole, words
from app.core.errors import Gone, Unavailable
from app.core.pull_request import Person, PullRequest, PullRequestRef, PullRequestState
from app.core.tree import ChangedFile

TRIES = 4
MAX_PAGES = 30
NOT_FOUND = 404
_STATES = {state.name: state for state in PullRequestState}


def reads_nothing(path: str) -> bool:  # noqa: ARG001 - stands for a question that nobody asks
    """Say of every path that it is not wanted."""
    return False


@dataclass(frozen=True, slots=True)
class Interest:
    """What will be read in any case and is fetched along: `policy_paths` of the base tip, files that `reads`.

    `compares` are files that may be read too: they are only fetched along where git fetches anyway.
    """

    reads: Callable[[str], bool]
    policy_paths: tuple[str, ...]
    compares: Callable[[str], bool] = reads_nothing

    def fetches(self, path: str) -> bool:
        """Say whether a changed file's content is wanted when it costs no request of its own."""
        return self.reads(path) or self.compares(path)


@dataclass(frozen=True, slots=True)
class Branch:
    """The branch of a pull request: where it lies (owner, repository, name), and who pushed it by force.

    Owner and repository are `None` when the fork is gone. `more` when there were force pushes that were not seen.
    """

    owner: str | None
    repository: str | None
    name: str
    forced: tuple[Person, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A pull request with its branch, and our own comments on it, as pairs of id and node id.

    `thread_is_longer` when there are comments that were not seen.
    """

    pull: PullRequest
    own_comments: tuple[tuple[int, str], ...]
    thread_is_longer: bool
    branch: Branch

    @property
    def position(self) -> Position:
        """Where it stood when it was read."""
        return Position(self.pull.base_ref, self.pull.base_tip, self.pull.head)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one pull request; `slug` names our App, whose statuses and comments are ours.

    `huge` reads what GitHub's lists leave out.
    """

    client: Client
    files: Files
    interest: Interest
    slug: Callable[[], str]
    huge: Huge

    @property
    def ref(self) -> PullRequestRef:
        """The pull request that is read."""
        return self.files.ref

    def take(self) -> Snapshot:
        """Read it.

        1. Compare base and head as the delivery named them, else as GitHub says now.
        2. Ask for everything else in one query, which also says where the pull request stands.
        3. Where it stands elsewhere (it moved, a tag has the branch's name, the delivery was old): again, by ids.
        """
        base, head, base_ref = self.ref.base_ref, self.ref.head, self.ref.base_ref
        found = self._hinted(base, head)
        if found is None or head is None or base_ref is None:
            at = self.position()
            head, base_ref = at.head, at.base_ref
            found = compare(self.client, self.ref, f"{at.base_tip}...{head}")
        for _ in range(TRIES):
            assumed = Position(base_ref, found.base_tip, head)
            graph, now = self._overview(found, assumed)
            if now == assumed:
                return self._snapshot(graph, found, now)
            head, base_ref = now.head, now.base_ref
            found = compare(self.client, self.ref, f"{now.base_tip}...{head}")
        raise Unavailable("The pull request does not hold still.", retry_after=HOLD_STILL)

    def position(self) -> Position:
        """Ask where the pull request stands."""
        return position(pull_request(self._query(WHERE_IT_STANDS).data, self.ref))

    def pages(self, connection: str, first: object) -> tuple[tuple[object, ...], int]:
        """Return all rows of commits, reviews or comments after the first page, and how many GitHub says there are."""
        found, page = rows(first, "nodes"), first
        for _ in range(MAX_PAGES):
            if flag(page, "pageInfo", "hasNextPage") is not True:
                break
            graph = self._query(next_page(connection), after=words(page, "pageInfo", "endCursor"))
            page = dig(pull_request(graph.data, self.ref), connection)
            found += rows(page, "nodes")
        return found, whole(first, "totalCount") or len(found)

    def _query(self, text: str, **variables: object) -> Graph:
        names = {"owner": self.ref.owner, "name": self.ref.name, "number": self.ref.number}
        return self.client.ask(LOOK, text, names | variables)

    def _hinted(self, base: str | None, head: str | None) -> Comparison | None:
        if base is None or head is None:
            return None
        try:
            return compare(self.client, self.ref, f"{base}...{head}")
        except Refused as refused:
            if refused.status != NOT_FOUND:
                raise
        return None  # an old delivery: the branch or the commit is gone

    def _overview(self, found: Comparison, at: Position) -> tuple[Graph, Position]:
        files = wanted(self._wanted(found, at)[:MAX_ALIASES])
        try:
            graph = self._query(overview(files), head=at.head, baseRef=at.base_ref, **files.variables)
        except Unavailable as failure:
            if not files.aliases or not may_pass(failure):
                raise
            files = wanted(())  # too much at once, perhaps; the files come later, in smaller pieces
            graph = self._query(overview(files), head=at.head, baseRef=at.base_ref)
        now = position(pull_request(graph.data, self.ref))
        if now == at:
            self.files.keep(graph, files)
        return graph, now

    def _wanted(self, found: Comparison, at: Position) -> list[tuple[str, str]]:
        paths = [(at.base_tip, path) for path in self.interest.policy_paths]
        for file in found.files:
            for commit, path in ((found.merge_base, file.base_path), (at.head, file.head_path)):
                if path is not None and self.interest.reads(path) and can_be_asked(path):
                    paths.append((commit, path))
        return list(dict.fromkeys(paths))

    def _snapshot(self, graph: Graph, found: Comparison, at: Position) -> Snapshot:
        data = repository(graph.data, self.ref)
        if flag(data, "isArchived") is True:
            raise Gone("The repository is archived: nothing can be written there.")
        pull = dig(data, "pullRequest")
        if words(data, "head", "oid") != at.head:
            raise Unavailable(f"GitHub does not show the commit {at.head[:12]}.", permanent=True)
        listed = self._listed(found, at.head, needed_whole(pull, "changedFiles"))
        commit_rows, commit_count = self.pages("commits", dig(pull, "commits"))
        review_rows, review_count = self.pages("reviews", dig(pull, "reviews"))
        comments = rows(pull, "comments", "nodes")
        incomplete = (
            *listed.incomplete,
            *_short("commits", len(commit_rows), max(commit_count, found.total_commits)),
            *_short("reviews", len(review_rows), review_count),
        )
        read = PullRequest(
            ref=self.ref,
            title=words(pull, "title") or "",
            author=person(dig(pull, "author")),
            state=_STATES.get(words(pull, "state") or "", PullRequestState.CLOSED),
            draft=flag(pull, "isDraft") is True,
            base_ref=at.base_ref,
            base_tip=at.base_tip,
            merge_base=found.merge_base,
            head=at.head,
            head_repository_id=whole(pull, "headRepository", "databaseId"),
            private=flag(data, "isPrivate") is not False,
            files=tuple(self._with_ids(file, found.merge_base, at.head) for file in listed.files),
            commits=commits(commit_rows, found.commits),
            reviews=tuple(one for row in review_rows if (one := review(row, retargeted(pull))) is not None),
            statuses=own_statuses(dig(data, "head"), self.slug()),
            siblings=siblings(data, self.ref, at),
            incomplete=incomplete,
        )
        return Snapshot(
            read,
            comment_ids(our_comments(comments, self.slug())),
            (whole(pull, "comments", "totalCount") or 0) > len(comments),
            branch(pull),
        )

    def _listed(self, found: Comparison, head: str, count: int) -> FileList:
        """Return every changed file: as GitHub lists them, or, where its lists end, as git does."""
        listed = None if count > MAX_FILES else all_files(self.client, self.ref, found, (head, count))
        if listed is not None and not listed.incomplete:
            return listed
        try:
            fetched = self.huge.read(self.ref, (found.merge_base, head), self.interest.fetches)
        except Unavailable as failure:
            listed = listed or all_files(self.client, self.ref, found, (head, count))
            reason = f", and they could not be fetched: {failure.sentence}"
            return replace(listed, incomplete=tuple(what + reason for what in listed.incomplete))
        for place, (file, oid) in fetched.contents.items():
            self.files.known[place] = Entry(file, oid)
        return FileList(fetched.files)

    def _with_ids(self, file: ChangedFile, merge_base: str, head: str) -> ChangedFile:
        """Add the blob ids that the list does not tell, and hold those it tells against the files that were read."""
        old = self.files.known.get((merge_base, file.base_path)) if file.base_path else None
        new = self.files.known.get((head, file.head_path)) if file.head_path else None
        before = old.oid if old is not None else file.before
        after = new.oid if new is not None else file.after
        if (file.after or after) != after or (file.before or before) != before:
            raise Unavailable(f"GitHub tells two contents of `{file.path}`.")
        return replace(file, before=before, after=after)


def branch(pull: object) -> Branch:
    """Read the branch of a pull request."""
    actors = rows(pull, "forced", "nodes")
    return Branch(
        words(pull, "headRepository", "owner", "login"),
        words(pull, "headRepository", "name"),
        needed_words(pull, "headRefName"),
        tuple(one for row in actors if (one := person(dig(row, "actor"))) is not None),
        more=(whole(pull, "forced", "totalCount") or 0) > len(actors),
    )


def comment_ids(comments: Iterable[object]) -> tuple[tuple[int, str], ...]:
    """Return comments as pairs of id and node id."""
    found = [(whole(row, "fullDatabaseId"), words(row, "id")) for row in comments]
    return tuple((number, node) for number, node in found if number is not None and node is not None)


def _short(what: str, have: int, count: int) -> tuple[str, ...]:
    return () if have >= count else (f"GitHub lists {have} of {count} {what}",)
