"""What registries prove today of the images of a history, by the policy at its tip; never what was known then.

Each image is asked about once, through the same search and the same policy as a pull request, whether a change brought
it or took it away. What a registry does not answer is a word of the answer (`unknown`), and what was not asked any more
is a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from app.core.assessment import AssessedChange, Standing
from app.core.attestation import Answer, Evidence, Word
from app.core.errors import Unavailable
from app.core.history import Event, EvidenceToday, Gap, ImageUpdate
from app.core.inventory import ImageChange
from app.core.oci import Audience, ImageReference
from app.core.verdict import worst
from app.jobs.assess import Assessor, Viewer
from app.jobs.ports import Clock
from app.policy import Policy
from app.render.document import image_of
from app.render.findings import finding_of

MOST_ASKED: Final = 1_000
"""Images that one report asks about."""

_AT_A_TIME: Final = 16
_HELD: Final = 500
_SHOWN: Final = ("digest", "attestations", "looked", "tag_now")
_OF_THE_OLD: Final = ("by_tag", "digest", "reason", "attestations", "measures")
_OF_A_MEASURE: Final = ("label", "value", "predicate_type", "signer", "at")


@dataclass(slots=True)
class EvidenceJob:
    """Asks registries for whoever makes the report. Holds the answers: one object a report.

    `policy` is read at the tip of the history; `most` images are asked about.
    """

    assessor: Assessor
    policy: Policy
    clock: Clock
    audience: Audience
    most: int = MOST_ASKED
    _answers: dict[ImageReference, EvidenceToday] = field(default_factory=dict)
    _left_out: set[ImageReference] = field(default_factory=set)

    def attach(self, stream: Iterable[Event | Gap]) -> Iterator[Event | Gap]:
        """Yield the stream in its order, each image that a commit brought with what is proved of it today.

        Where it stood in the place of another, what is proved of that today stands under `before`.
        """
        held: list[Event | Gap] = []
        wanted: dict[ImageReference, ImageChange] = {}
        for one in stream:
            held.append(one)
            self._note(one, wanted)
            if len(wanted) >= _AT_A_TIME or len(held) >= _HELD:
                yield from self._flush(held, wanted)
        yield from self._flush(held, wanted)
        if self._left_out:
            sentence = (
                f"registries were asked about {self.most:,} images and not about {len(self._left_out):,} more: "
                "ask for a shorter range"
            )
            yield Gap("", "", sentence)

    def _note(self, one: Event | Gap, wanted: dict[ImageReference, ImageChange]) -> None:
        change = _brought(one)
        for each in () if change is None else (change, _as_new(change)):
            reference = each.new_reference
            if reference is None or reference in self._answers or reference in wanted:
                continue
            if len(self._answers) + len(wanted) >= self.most:
                self._left_out.add(reference)
            else:
                wanted[reference] = replace(each, before=None, name_before=None, before_unknown=False)

    def _flush(self, held: list[Event | Gap], wanted: dict[ImageReference, ImageChange]) -> Iterator[Event | Gap]:
        try:
            self._ask(wanted)
        except Unavailable as error:
            yield Gap("", "", f"registries could not be asked about {len(wanted)} images: {error}")
        yield from map(self._attached, held)
        held.clear()
        wanted.clear()

    def _attached(self, one: Event | Gap) -> Event | Gap:
        change = _brought(one)
        known = self._known(None if change is None else change.new_reference)
        if change is None or known is None or not isinstance(one, Event):
            return one
        before = _old_side(self._known(change.old_reference))
        return replace(one, evidence_today=replace(known, document={**known.document, "before": before}))

    def _known(self, reference: ImageReference | None) -> EvidenceToday | None:
        return None if reference is None else self._answers.get(reference)

    def _ask(self, wanted: Mapping[ImageReference, ImageChange]) -> None:
        if not wanted:
            return
        assessed = self.assessor.assess(tuple(wanted.values()), self.policy, Viewer(self.audience))
        for reference, one in zip(wanted, assessed, strict=True):
            self._answers[reference] = self._answer(reference, one)

    def _answer(self, reference: ImageReference, one: AssessedChange) -> EvidenceToday:
        now = self.clock()
        findings = self.policy.judge((one,), (), at=now)
        image = image_of(one.after) or {}
        document = {
            # Without a policy nobody judged: that is no "OK".
            "verdict": None if self.policy.standing is Standing.SILENT else worst(findings).word,
            "policy_commit": self.policy.identity.commit if self.policy.identity.digest else None,
            # A tag may name another image by now than the one that was promoted.
            "by_tag": reference.digest is None,
            "reason": "" if one.after is None else one.after.signature.reason,
            **{key: image.get(key) for key in _SHOWN},
            "measures": _measures(image.get("posture")),
            "findings": [finding_of(finding) for finding in findings],
        }
        word = Word.UNKNOWN if one.after is None else one.after.signature.word
        if one.after is not None and word is Word.NOT_REQUIRED and _is_unanswered(one.after.evidence):
            word, document["reason"] = Word.UNKNOWN, "no registry answered"
        return EvidenceToday(now, word.value, document)


def _is_unanswered(evidence: Evidence) -> bool:
    return all(one.answer is Answer.FAILED for one in evidence.lookups)


def _measures(posture: object) -> Mapping[str, object]:
    """Keep what was measured without its details: those of a thousand images would be held at once."""
    measures = posture.get("measures") if isinstance(posture, Mapping) else None
    found = measures.items() if isinstance(measures, Mapping) else ()
    return {key: {name: one.get(name) for name in _OF_A_MEASURE} for key, one in found if isinstance(one, Mapping)}


def _old_side(today: EvidenceToday | None) -> Mapping[str, object] | None:
    if today is None:
        return None
    said = {key: today.document.get(key) for key in _OF_THE_OLD}
    return {"asked_at": today.asked_at.isoformat(), "signature": today.signature, **said}


def _as_new(change: ImageChange) -> ImageChange:
    """Return the old side of a change as if it were brought; without a version where it is not known."""
    after = None if change.before_unknown else change.before
    return replace(change, name=change.name_before or change.name, after=after)


def _brought(one: Event | Gap) -> ImageChange | None:
    """Return the change of an event that brought a version."""
    if isinstance(one, Gap) or not isinstance(one.what, ImageUpdate) or one.what.change.after is None:
        return None
    return one.what.change
