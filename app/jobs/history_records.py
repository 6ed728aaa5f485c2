"""Records of the app joined to the events of a history: what was known then, and whose reviews counted.

A record belongs to the commit that its pull request was merged as. From sure to weak:

1. The record of the merge names the commit.
2. The commit that was judged is one that the merge brought, or the commit itself.
3. The commit that was judged has the same files (a squash of a branch that was up to date).
4. Only the number in the commit's message leads to it. Anybody who pushes can write a number: it is joined, and marked.

A record that was made after the commit is none of what was known then, and is left out. A change that the record does
not have was added by the merge: the record does not speak of it, and that is said.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Protocol, assert_never

from app.core.errors import Unavailable
from app.core.history import (
    CommitFacts,
    CountedReview,
    Event,
    Gap,
    ImageUpdate,
    Joined,
    KeptRecord,
    Origin,
    PolicyChange,
    Recorded,
)
from app.core.inventory import ImageChange

SLACK: Final = timedelta(minutes=5)
"""How much later than the commit a record may be, for clocks differ."""

NOT_COVERED: Final = "this change is not in the record"

_MOST: Final = 200
_IT: Final = "this commit"
_STOPS: Final = ("BLOCKED", "INCOMPLETE")
_OPEN: Final = ("waiting", "error")

Json = Mapping[str, object]
_Review = tuple[str, int, str]


class Records(Protocol):
    """Assessments as the app kept them, to be read only."""

    def of_commit(self, commit: str) -> Sequence[KeptRecord]:
        """Return the records that were merged as a commit, by the record of the merge; raises `Unavailable`."""
        ...

    def of_head(self, head: str) -> Sequence[KeptRecord]:
        """Return the records of a commit that was judged; raises `Unavailable`."""
        ...

    def of_number(self, number: int) -> Sequence[KeptRecord]:
        """Return the records of pull requests with a number, of every repository; raises `Unavailable`."""
        ...

    def document(self, record: KeptRecord) -> str:
        """Return the assessment as it was kept; raises `Unavailable`."""
        ...


class Trees(Protocol):
    """The files of commits, by the id of their tree."""

    def tree(self, commit: str) -> str | None:
        """Return the tree of a commit; `None` when this clone does not have it."""
        ...


@dataclass(frozen=True, slots=True)
class _Join:
    record: KeptRecord
    how: Joined
    document: Json


@dataclass(frozen=True, slots=True)
class RecordJoin:
    """Joins the records of one repository; `repository` is its `owner/name`, empty when that is not known."""

    records: Records
    trees: Trees
    repository: str = ""

    def attach(self, stream: Iterable[Event | Gap]) -> Iterator[Event | Gap]:
        """Yield the stream with what was recorded; what cannot be joined is a gap beside its commit, never a guess."""
        commit, found = "", None
        for one in stream:
            if isinstance(one, Gap):
                yield one
                continue
            if one.facts.commit != commit:
                commit, found = one.facts.commit, None
                try:
                    found = self._find(one.facts)
                except Unavailable as error:
                    yield Gap(commit, "", f"its record could not be read: {error}")
                except _Ambiguous as error:
                    yield Gap(commit, "", str(error))
            yield one if found is None else _attached(one, found)

    def _find(self, facts: CommitFacts) -> _Join | None:
        named = self._join(facts, self._here(self.records.of_commit(facts.commit), _IT), Joined.MERGE_RECORD)
        if named is not None:
            return named
        heads = [one for head in (facts.commit, *facts.parents[1:]) for one in self.records.of_head(head)]
        exact = self._join(facts, self._here(heads, _IT), Joined.MERGED_HEAD)
        if exact is not None:
            return exact
        if facts.pull_request is None:
            return None
        # One that was merged as another commit is not this one's, whatever number the message names.
        numbered = [one for one in self.records.of_number(facts.pull_request) if not one.merged_as]
        return self._numbered(facts, self._here(numbered, f"pull request {facts.pull_request}"))

    def _numbered(self, facts: CommitFacts, records: Sequence[KeptRecord]) -> _Join | None:
        found = self._join(facts, records, Joined.NUMBER)
        if found is None:
            return None
        tree = self.trees.tree(facts.commit)
        same = tree is not None and self.trees.tree(found.record.head) == tree
        return replace(found, how=Joined.SAME_TREE) if same else found

    def _here(self, records: Iterable[KeptRecord], what: str) -> list[KeptRecord]:
        """Keep the records of this repository: who rules a fork has commits of both recorded by its rules."""
        wanted = self.repository.lower()
        found = [one for one in records if not wanted or one.repository.lower() == wanted]
        names = {one.repository.lower() for one in found}
        if len(names) > 1:
            raise _Ambiguous(f"{len(names)} repositories have records of {what}: name one (--repository)")
        return found

    def _join(self, facts: CommitFacts, records: Iterable[KeptRecord], how: Joined) -> _Join | None:
        """Take the newest record that there was when the commit was made."""
        known = [one for one in records if one.assessed_at - SLACK <= facts.committed_at]
        if not known:
            return None
        newest = max(known, key=lambda one: (one.assessed_at, one.key))
        try:
            document: object = json.loads(self.records.document(newest))
        except (ValueError, RecursionError) as error:
            raise Unavailable("it is no JSON") from error
        if not isinstance(document, dict):
            raise Unavailable("it is no assessment")
        return _Join(newest, how, document)


class _Ambiguous(Exception):
    """Several records could be meant."""


def _attached(event: Event, found: _Join) -> Event:
    document = found.document
    covered = _covers(document, event.what)
    recorded = Recorded(
        verdict=_text(document.get("verdict")) or "not said",
        policy_commit=_text(_object(document.get("policy")).get("commit")),
        posture=_posture(event.what.change, document) if isinstance(event.what, ImageUpdate) else {},
        waivers=tuple(_waivers(document)),
        head=found.record.head,
        joined=found.how,
        overrides=(*_overrides(document), *(() if covered else (NOT_COVERED,))),
    )
    # Whoever approved what was judged did not approve what a merge added to it.
    approvals = tuple(_reviews(document, found.record.head)) if covered else None
    return replace(event, recorded=recorded, approvals=approvals, source=Origin.LEDGER)


def _covers(document: Json, what: ImageUpdate | PolicyChange) -> bool:
    """Say whether the record knows of a change: a merge may hold more than the head that it merged."""
    match what:
        case ImageUpdate(change):
            return _recorded_change(change, document) is not None
        case PolicyChange():
            return any(one.get("path") == what.path for one in _objects(document.get("policies")))
        case _:
            assert_never(what)


def _posture(change: ImageChange, document: Json) -> Json:
    """Return the measures and words of the event's own image; empty when the record does not have it."""
    found = _recorded_change(change, document)
    if found is None or change.after is None:
        return {}
    image = _object(_object(found.get("evidence")).get("after"))
    return {
        "verdict": found.get("verdict"),
        "signature": _object(image.get("signature")).get("word"),
        "measures": _object(image.get("posture")).get("measures") or {},
    }


def _recorded_change(change: ImageChange, document: Json) -> Json | None:
    """Return the record's change of the same image to the same version; what was there before may differ by then."""
    name = None if change.name is None else str(change.name)
    after = change.after
    version = None if after is None else (after.tag, None if after.digest is None else str(after.digest))
    for one in _objects(document.get("changes")):
        side = one.get("after")
        found = (side.get("tag"), side.get("digest")) if isinstance(side, Mapping) else None
        if one.get("repository") == name and found == version:
            return one
    return None


def _waivers(document: Json) -> Iterator[str]:
    """Say each waiver that let something pass, once."""
    said = {
        f"{_text(waived.get('path'))} until {_text(waived.get('until'))} by {_text(waived.get('owner'))}: "
        f"{_text(waived.get('reason'))}"
        for finding in _objects(document.get("findings"))
        for waived in _objects(finding.get("waived"))
    }
    yield from sorted(said)[:_MOST]


def _overrides(document: Json) -> Iterator[str]:
    """Say what the merge went around: as a record of the merge says it, else by what the assessment asked for."""
    told = document.get("overrides")
    if isinstance(told, list):
        yield from [one for one in told if isinstance(one, str)][:_MOST]
        return
    if document.get("effective") in _STOPS:
        yield f"the verdict was {document.get('effective')}"
    for demand in _objects(document.get("reviews")):
        if demand.get("state") in _OPEN:
            yield f"{_text(demand.get('rule'))} was {_text(demand.get('state'))}: {_text(demand.get('sentence'))}"


def _reviews(document: Json, head: str) -> Iterator[CountedReview]:
    """Tell each review that was looked at, or stood at the merge, once; it counted if it did for any demand."""
    found: dict[_Review, bool] = {}
    for demand in _objects(document.get("reviews")):
        for one in _objects(demand.get("approvals")):
            found[_review(one)] = found.get(_review(one), False) or one.get("counted") is True
    standing = document.get("approvals")
    stood = {_review(one): _is_independent(one, head) for one in _objects(standing)}
    unknown = None if standing is None else False
    for key, counted in sorted({**dict.fromkeys(stood, False), **found}.items())[:_MOST]:
        yield CountedReview(*key, counted, stood.get(key, unknown))


def _review(one: Json) -> _Review:
    number = one.get("id")
    return _text(one.get("login")), number if isinstance(number, int) else 0, _text(one.get("commit"))


def _is_independent(one: Json, head: str) -> bool | None:
    """Say whether an approval is a second person's, of the commit that was merged; `None` where that is not known."""
    if one.get("bot") is not False or one.get("canPush") is not True or one.get("otherBase") is not False:
        return False
    wrote = one.get("wroteCommits")
    if one.get("commit") != head or wrote is True:
        return False
    return True if wrote is False else None


def _object(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def _objects(value: object) -> list[Json]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
