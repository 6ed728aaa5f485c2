"""The approvals that stood when a pull request was merged, also those that no rule asked for.

They come with the question for the merge itself. One more request is made only where somebody approved and GraphQL
does not say of every commit whose it is: REST knows bots as authors. Each hundred of reviews or commits beyond the
first is another.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from app.adapters.github.changes import COMPARE_COMMITS, compare
from app.adapters.github.client import Client
from app.adapters.github.failures import Refused
from app.adapters.github.operations import LOOK
from app.adapters.github.queries import next_page
from app.adapters.github.reading import commits, pull_request, retargeted, review
from app.adapters.github.shapes import dig, flag, moment, rows, whole, words
from app.core.merge_record import Approved
from app.core.pull_request import PullRequestRef, Review, ReviewState

_PAGES: Final = 10
_NOT_SHOWN: Final = frozenset({404, 422})


def approvals(client: Client, ref: PullRequestRef, pull: object, merged_at: datetime) -> tuple[Approved, ...] | None:
    """Return them, the oldest first; `None` where there are more reviews than are read.

    `pull` is the answer to the question for the merge. What was said after the merge changes nothing; one that was
    dismissed since is not told, for nobody says when.
    """
    listed = _all(client, ref, pull, "reviews")
    if listed is None:
        return None
    since = retargeted(pull)
    given = ((moment(row, "submittedAt"), review(row, since)) for row in listed)
    standing = _standing((at, one) for at, one in given if at is not None and at <= merged_at and one is not None)
    ids, known = _writers(client, ref, pull) if standing else (frozenset(), True)
    return tuple(
        Approved(
            person=one.person,
            at=at,
            commit=one.commit,
            can_push=one.can_push,
            other_base=one.other_base,
            wrote=None if one.person is None else one.person.id in ids or (False if known else None),
        )
        for at, one in standing
    )


def _standing(given: Iterable[tuple[datetime, Review]]) -> list[tuple[datetime, Review]]:
    """Return each person's last word where that approves; a mere comment is none. Who is gone cannot take one back."""
    last: dict[int, tuple[datetime, Review]] = {}
    gone: list[tuple[datetime, Review]] = []
    for at, one in sorted(given, key=lambda pair: pair[0]):
        if one.person is None:
            gone.append((at, one))
        elif one.state is not ReviewState.COMMENTED:
            last[one.person.id] = at, one
    both = (pair for pair in (*last.values(), *gone) if pair[1].state is ReviewState.APPROVED)
    return sorted(both, key=lambda pair: pair[0])


def _writers(client: Client, ref: PullRequestRef, pull: object) -> tuple[frozenset[int], bool]:
    """Return who wrote what is in a pull request, by account, and whether that is everybody."""
    listed = _all(client, ref, pull, "commits")
    found = commits(listed or (), ())
    if any(one.unattributed for one in found):
        found = commits(listed or (), _by_rest(client, ref, pull))
    ids = frozenset(person.id for one in found for person in one.people)
    return ids, listed is not None and not any(one.unattributed for one in found)


def _by_rest(client: Client, ref: PullRequestRef, pull: object) -> tuple[object, ...]:
    """Return the commits as REST tells them: those of the head that the base did not have before the merge."""
    before = next((words(row, "oid") for row in rows(pull, "mergeCommit", "parents", "nodes")), None)
    if before is None:
        return ()
    try:
        found = compare(client, ref, f"{before}...{words(pull, 'headRefOid')}")
    except Refused as refused:
        if refused.status not in _NOT_SHOWN:
            raise
        return ()
    return found.commits if found.total_commits <= COMPARE_COMMITS else ()


def _all(client: Client, ref: PullRequestRef, pull: object, name: str) -> tuple[object, ...] | None:
    """Return all reviews or commits; `None` where there are more than are read."""
    page = dig(pull, name)
    found = rows(page, "nodes")
    for _ in range(_PAGES):
        if flag(page, "pageInfo", "hasNextPage") is not True:
            break
        names = {"owner": ref.owner, "name": ref.name, "number": ref.number}
        names |= {"after": words(page, "pageInfo", "endCursor") or ""}
        page = dig(pull_request(client.ask(LOOK, next_page(name), names).data, ref), name)
        found += rows(page, "nodes")
    return found if len(found) >= (whole(pull, name, "totalCount") or 0) else None
