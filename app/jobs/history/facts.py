"""What a step of a first-parent line tells of its commit: who wrote it, and how it reached the branch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from app.core.history import Arrival, CommitFacts, Signature, Step, StoredCommit

_MERGED = re.compile(r"Merge pull request #([1-9][0-9]{0,9}) from ")
_AT_THE_END = re.compile(r"\(#([1-9][0-9]{0,9})\)\s*$")
_WITH = re.compile(r"^co-authored-by:([^<\n]*)<([^>\n]+)>[ \t]*$", re.IGNORECASE | re.MULTILINE)
_GITHUB: Final = Signature("GitHub", "noreply@github.com")
MAX_WRITERS: Final = 500
"""Writers that one commit is told with."""

MAX_PARENTS: Final = 100
"""Parents that one commit is told with: every event of it has them."""


def facts_of(step: Step) -> CommitFacts:
    """Say what is known of a commit.

    A number in its message is what somebody wrote: GitHub's committer beside it makes it likely, and nothing proves it.
    """
    stored = step.stored
    subject = stored.message.lstrip("\n").partition("\n")[0].rstrip("\r")
    number = _pull_request(stored, subject)
    merge = len(stored.parents) > 1
    return CommitFacts(
        *(
            stored.commit,
            stored.parents[:MAX_PARENTS],
            stored.author,
            stored.committer,
            stored.authored_at,
            stored.committed_at,
        ),
        subject=subject,
        pull_request=number,
        writers=tuple(sorted(set(_writers(step)))[:MAX_WRITERS]),
        signed=stored.signed,
        arrival=Arrival.PULL_REQUEST if number is not None else Arrival.MERGE if merge else Arrival.DIRECT,
        skewed=step.skewed,
    )


def left_out(step: Step) -> Iterator[str]:
    """Say what is known of a commit and not told with it."""
    parents, writers = len(step.stored.parents), len(set(_writers(step)))
    if parents > MAX_PARENTS:
        yield f"it has {parents:,} parents: the first {MAX_PARENTS} are told"
    if writers > MAX_WRITERS:
        yield f"{writers:,} people wrote what it brings: {MAX_WRITERS} are told"


def _pull_request(stored: StoredCommit, subject: str) -> int | None:
    """Return the number of the pull request that a message names, as GitHub writes it."""
    merge = len(stored.parents) > 1
    match = _MERGED.match(subject) if merge else None
    match = match or _AT_THE_END.search(subject)
    return None if match is None else int(match[1])


def _writers(step: Step) -> Iterator[Signature]:
    """Yield everybody; GitHub itself, which commits for others, wrote nothing."""
    for one in (step.stored, *step.merged):
        yield from (who for who in (one.author, one.committer) if who != _GITHUB)
        for match in _WITH.finditer(one.message):
            yield Signature(match[1].strip(), match[2].strip())
