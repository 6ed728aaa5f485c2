"""`oscal`: assessment results of NIST's OSCAL, as evidence for the controls and never as a claim of compliance.

An observation for each fact that a control asks for, with the newest commits that show it, and one for each change of a
policy and each commit around pull requests. A finding only where facts speak against a control: that a control is met
is for an assessor to say. The same history gives the same ids.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from app.core.history import Event, PolicyChange
from app.core.release import VERSION
from app.render.document import Json, text
from app.render.history import marks
from app.render.history.controls import Control
from app.render.history.documents import gap_line, kind_of
from app.render.history.facts import FACTS
from app.render.history.scope import Scope, Stream, limits
from app.render.history.tally import Kept, Tally
from app.render.markdown import code, prose
from app.render.plain import counted, cut, visible

OSCAL: Final = "1.2.3"
_SPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "https://assay.dev/schemas/assay.event-v1.json")
_NAMESPACE: Final = "https://assay.dev/ns/oscal"
_YEARS: Final = range(1900, 3000)
_GAPS: Final = 100
_LONG: Final = 2_000


def oscal(controls: Sequence[Control], scope: Scope, stream: Stream) -> Iterator[str]:
    """Write the document. The stream is read once; the newest events of each kind are held, up to a bound."""
    made = _Results(controls, scope, Tally.of(stream))
    yield text({"assessment-results": made.document()})


@dataclass(frozen=True, slots=True)
class _Results:
    controls: Sequence[Control]
    scope: Scope
    tally: Tally

    def document(self) -> Json:
        """Make the whole document."""
        return {
            "uuid": self._id("document"),
            "metadata": {
                "title": "Security events of a repository's history",
                "last-modified": _time(self.scope.asked_at),
                "version": self.scope.tip or "empty",
                "oscal-version": OSCAL,
                "props": self._made(),
                "remarks": " ".join(prose(one) for one in limits(self.scope)),
            },
            "import-ap": {
                "href": "#",
                "remarks": "There is no assessment plan: what was looked at is every event of the range.",
            },
            "results": [self._result()],
        }

    def _made(self) -> list[Json]:
        """Say of what it is made, by what, and by which command it can be made again and compared."""
        told = {
            "repository": self.scope.repository,
            "range": self.scope.revisions,
            "made-by": f"Assay {VERSION}",
            "command": self.scope.command("oscal"),
        }
        if not self.scope.evidence:
            told["events-sha256"] = self.tally.digest
        if self.scope.base:
            told["base"] = self.scope.base
        if self.tally.recorded_since is not None:
            told["records-begin"] = _time(self.tally.recorded_since)
        return [_prop(name, value, _LONG) for name, value in told.items()]

    def _result(self) -> Json:
        first, last = self.tally.first or self.scope.asked_at, self.tally.last or self.scope.asked_at
        found = self._findings()
        observations = [*self._facts(), *self._events(), *self._gaps()]
        return {
            "uuid": self._id("result"),
            "title": "What git shows",
            "description": f"{self.tally.events:,} events of {counted(self.tally.counts['commits'], 'commit')}.",
            "start": _time(first, self.scope.asked_at),
            "end": _time(last, self.scope.asked_at),
            "reviewed-controls": {"control-selections": self._selections()},
            **({"observations": observations} if observations else {}),
            **({"findings": found} if found else {}),
            "remarks": self._remarks(),
        }

    def _selections(self) -> list[Json]:
        selections: list[Json] = [
            {
                "description": prose(catalogue),
                "include-controls": [{"control-id": control.token} for control in group],
            }
            for catalogue, group in groupby(self.controls, key=lambda one: one.catalogue)
        ]
        return selections or [{"description": "No control was given.", "include-all": {}}]

    def _facts(self) -> Iterator[Json]:
        asked = {key for one in self.controls for key in (*one.evidence, *one.against)}
        for key in (key for key in FACTS if key in asked and self.tally.counts[key]):
            speaking = [one for one in self.controls if key in (*one.evidence, *one.against)]
            number = self.tally.counts[key]
            samples = [_evidence(event) for event in self.tally.samples[key]]
            yield {
                "uuid": self._id("fact", key),
                "title": f"{FACTS[key].words.capitalize()}: {number:,}",
                "description": f"Of this range, {FACTS[key].words}: {number:,}. The newest of them are named.",
                "props": [_prop("fact", key), *(_prop("control", one.token) for one in speaking)],
                "methods": ["EXAMINE"],
                "types": ["historic"],
                "relevant-evidence": samples,
                "collected": _time(self.scope.asked_at),
            }

    def _events(self) -> Iterator[Json]:
        listed = [event for kept in self._listed() for event in kept.events]
        seen: set[str] = set()
        for event in sorted(listed, key=lambda one: one.facts.committed_at):
            identity = _identity(event)
            if identity in seen:
                continue
            seen.add(identity)
            yield {
                "uuid": identity,
                "title": f"{kind_of(event).replace('_', ' ').capitalize()}, {marks.arrival(event)}",
                "description": prose(_said(event)),
                "props": [_prop("commit", event.facts.commit), _prop("type", kind_of(event)), *_effect(event)],
                "methods": ["EXAMINE"],
                "types": ["historic"],
                "relevant-evidence": [_evidence(event)],
                "collected": _time(self.scope.asked_at),
                "remarks": f"Approvals: {prose(marks.approvals(event))}. Known then: {prose(marks.recorded(event))}.",
            }

    def _listed(self) -> tuple[Kept, ...]:
        """Return what is listed one by one: all but images and what changed nothing."""
        tally = self.tally
        return (
            tally.weaker,
            tally.others,
            tally.governance,
            tally.around,
            tally.overridden,
            tally.unapproved,
            tally.unrecorded,
        )

    def _gaps(self) -> Iterator[Json]:
        if not self.tally.gap_count:
            return
        gaps = tuple(self.tally.gaps.values())[:_GAPS]
        yield {
            "uuid": self._id("gaps"),
            "title": "What could not be read",
            "description": f"{counted(self.tally.gap_count, 'place')} could not be read: the results are incomplete.",
            "methods": ["EXAMINE"],
            "relevant-evidence": [{"description": code(gap_line(one.gap))} for one in gaps],
            "collected": _time(self.scope.asked_at),
        }

    def _findings(self) -> list[Json]:
        return [made for control in self.controls for made in self._finding(control)]

    def _finding(self, control: Control) -> Iterator[Json]:
        against = [key for key in control.against if self.tally.counts[key]]
        if not against:
            return
        missing = control.missing(self.tally.counts)
        said = "; ".join(f"{FACTS[key].words}: {self.tally.counts[key]:,}" for key in against)
        yield {
            "uuid": self._id("finding", control.catalogue, control.id),
            "title": f"{prose(control.catalogue)} {prose(control.id)}",
            "description": f"Speaks against the control: {said}.",
            "target": {
                "type": "objective-id",
                "target-id": control.token,
                "status": {
                    "state": "not-satisfied",
                    "reason": "other",
                    "remarks": "As far as git tells. An assessor decides, knowing what git does not.",
                },
            },
            "related-observations": [{"observation-uuid": self._id("fact", key)} for key in against],
            **({"remarks": " ".join(map(prose, missing))} if missing else {}),
        }

    def _remarks(self) -> str:
        missing = sum(one.left_out for one in self._listed())
        out = f" {missing:,} older events are counted and not listed one by one." if missing else ""
        return f"Where there is no finding, nothing was found against a control: that is not that it is met.{out}"

    def _id(self, *parts: str) -> str:
        scope = self.scope
        # By its commits, however they were named.
        where = (scope.repository, scope.base, scope.tip or scope.revisions, *scope.filters)
        joined = ("records",) * scope.records + ("evidence",) * scope.evidence
        return str(uuid.uuid5(_SPACE, json.dumps([*where, *joined, "/", *parts])))


def _identity(event: Event) -> str:
    """Return the id of an event: of its commit, and of what it changed there."""
    what = event.what
    place = [what.path, str(what.resource)] if isinstance(what, PolicyChange) else [what.change.key]
    return str(uuid.uuid5(_SPACE, json.dumps([event.facts.commit, kind_of(event), *place])))


def _evidence(event: Event) -> Json:
    commit = event.facts.commit
    about = f"{marks.day(event.facts.committed_at)}, {marks.what_of(event)}"
    return {"description": f"Commit {code(commit, 64)}: {prose(about)}", "props": [_prop("commit", commit)]}


def _said(event: Event) -> str:
    what = event.what
    sentences = [edit.sentence for edit in what.edits] if isinstance(what, PolicyChange) else []
    return ". ".join([marks.what_of(event), *sentences[:5]])


def _effect(event: Event) -> list[Json]:
    return [_prop("effect", event.what.effect.value)] if isinstance(event.what, PolicyChange) else []


def _prop(name: str, value: str, limit: int = 500) -> Json:
    return {"name": name, "ns": _NAMESPACE, "value": cut(visible(value), limit).strip() or "empty"}


def _time(moment: datetime, other: datetime | None = None) -> str:
    """Write a time as OSCAL does; one of a year that it does not know is the `other`."""
    at = marks.utc(moment)
    if at.year not in _YEARS and other is not None:
        at = marks.utc(other)
    return at.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
