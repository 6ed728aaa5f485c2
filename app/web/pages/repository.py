"""The page of a repository: pull requests, posture over time, waivers in use, and how its gate is wired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from flask import Response

from app.adapters.ledger.pages import PULL_REQUESTS, Kept
from app.core.errors import Unavailable
from app.core.pull_request import assessment_path
from app.jobs.open_waivers import OpenWaivers
from app.web.pages.documents import NotReadable, read
from app.web.pages.facts import Facts, Look, facts_of, heeded, plots
from app.web.pages.front import Front, Remembered
from app.web.pages.node import Node
from app.web.pages.visitors import Place

LARGEST: Final = 400_000
"""Characters of a document that is looked into for this page; larger ones would make it slow."""

MOST_WAIVERS: Final = 200
_AT_ONCE: Final = 10
_REMEMBERED: Final = 2000


class RepositoryPages:
    """Answers at `/repositories/<id>`."""

    def __init__(self, front: Front) -> None:
        """Bind the front."""
        self._front = front
        self._waivers = Remembered(front.paging.waivers)
        self._swept = Remembered(front.paging.queue.last_sweep)

    def show(self, repository_id: int) -> Response:
        """Show the repository as it was judged last."""
        place = self._front.place(repository_id)
        records = self._front.paging.records.newest(repository_id)
        facts = self._facts(records)
        looks = [Look(one.number, one.assessed_at, one.verdict, facts[one.id]) for one in records if one.id in facts]
        now = self._front.paging.clock()
        lying, problem = self._lying(place)
        newest = self._newest(records)
        return self._front.page(
            "repository.html",
            place=place,
            records=[(one, assessment_path(repository_id, one.number, one.head)) for one in records],
            full=len(records) == PULL_REQUESTS,
            left_out=len(records) - len(looks),
            plots=plots(looks, now),
            waivers=lying,
            waivers_problem=problem,
            heeded=heeded(looks),
            most=MOST_WAIVERS,
            pull=lambda number: f"/repositories/{repository_id}/pulls/{number}",
            newest=newest,
            policy=self._policy(looks),
            swept=self._swept.get(place.known),
            github_url=self._front.on_github(place),
        )

    def _facts(self, records: Sequence[Kept]) -> dict[int, Facts]:
        """Read what is not remembered, few documents at a time; those too large or not readable are left out."""
        known = self._front.facts
        if len(known) > _REMEMBERED:
            known.clear()
        # Another thread may empty it at any moment.
        found = {one.id: facts for one in records if (facts := known.get(one.id)) is not None}
        missing = [one.id for one in records if one.id not in found and one.size <= LARGEST]
        for start in range(0, len(missing), _AT_ONCE):
            for record, text in self._front.paging.records.documents(missing[start : start + _AT_ONCE], LARGEST):
                try:
                    found[record] = known[record] = facts_of(read(text))
                except NotReadable:
                    continue
        return found

    def _newest(self, records: Sequence[Kept]) -> Node:
        """Return the document that was judged last; an empty one where it cannot be shown."""
        try:
            return self._front.documents.node(records[0].id) if records else Node(None)
        except NotReadable:
            return Node(None)

    def _lying(self, place: Place) -> tuple[OpenWaivers | None, str]:
        """Read the waivers on the default branch, and say why they are not known where they are not."""
        here = replace(place.known, owner=place.seen.owner, name=place.seen.name)
        try:
            with self._front.visitors.waiting():
                return self._waivers.get(here), ""
        except Unavailable as failure:
            return None, failure.sentence

    def _policy(self, looks: Sequence[Look]) -> bool | None:
        """Say whether a policy file judged last; `None` where that is not known."""
        return looks[0].facts.has_policy if looks else None
