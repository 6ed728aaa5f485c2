"""`downgrade`: the version, the source commit or the time of the build goes back (AT-046).

1. Where the tags can be compared (`core.versions`), they decide: a patch of an older series may be younger than the
   newer series, so that a version that goes forward is no downgrade whatever its time.
2. Else the source commits decide, where trusted provenance names both in one repository and their order is known: an
   image of an older commit is a downgrade whenever it was built, and one of a newer commit is none.
3. Else the verified times decide, where both sides have one: the first time that a trusted signature or provenance of
   the image was proved, for later statements only say that somebody signed again.
4. Else what the images say of themselves, where both say when they were built, for the same platform.
5. A time that goes back by an hour at most is none: what is built together ends in any order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from app.core.assessment import AssessedChange, AssessedImage
from app.core.attestation import SIGNATURE, Lookup
from app.core.image_facts import ImageFacts, comparable
from app.core.verdict import Finding, Outcome
from app.core.versions import Order, compare
from app.policy.lineage import OUTCOMES, Reaction
from app.policy.rules.base import Case, Said, finding, for_failed
from app.policy.scopes import Scope
from app.predicates import predicate_types

_TOGETHER: Final = timedelta(hours=1)
_SHORT: Final = 12
_TELLS_TIME: Final = frozenset({SIGNATURE}) | predicate_types("slsa-provenance")


@dataclass(frozen=True, slots=True)
class Downgrade:
    """Silent when nothing goes back, unless a downgrade would block: then it says that it looked."""

    scope: Scope

    def judge(self, case: Case) -> Iterable[Finding]:
        """Compare the two sides."""
        said = self._said(case)
        if said is not None:
            yield finding(self.scope, "downgrade", case, said)

    def _said(self, case: Case) -> Said | None:
        back = goes_back(case.change)
        if back:
            remedy = "Take the newer image, or have a person confirm that the older one is meant."
            return Said(OUTCOMES[self.scope.lineage.downgrade], f"downgrade: {back}", remedy)
        return self._none(case) if self.scope.lineage.downgrade is Reaction.BLOCK else None

    def _none(self, case: Case) -> Said:
        change, before, after = case.change.change, case.change.before, case.after
        if change.before_unknown:
            return Said(
                Outcome.REVIEW, "which image ran before is not known", "A person compares it with what runs now."
            )
        if before is None:
            return Said(Outcome.OK, "nothing ran before")
        if _order(case.change) is Order.FORWARD:
            return Said(Outcome.OK, "the version goes forward")
        if case.change.source is Order.FORWARD:
            return Said(Outcome.OK, "the source commit goes forward")
        for side in (after, before):
            evidence = side.evidence
            failed = (*evidence.failed, *evidence.unanswered)
            if failed or evidence.digest is None:
                sentence = (
                    "cannot tell whether this is a downgrade: a place that may say when it was built did not answer"
                )
                return Said(Outcome.INCOMPLETE, sentence, for_failed(replace(evidence, lookups=failed)))
        return Said(Outcome.OK, "nothing that can be compared goes back")


def goes_back(change: AssessedChange) -> str:
    """Say in one clause what goes back; empty when nothing does, or nothing can be compared."""
    before, after = change.before, change.after
    if before is None or after is None:
        return ""
    order = _order(change)
    if order is Order.BACK:
        return f"the version goes back from {before.evidence.reference.tag} to {after.evidence.reference.tag}"
    if order is Order.FORWARD or before.evidence.digest == after.evidence.digest or not _same_image(before, after):
        return ""
    if change.source in (Order.BACK, Order.FORWARD):
        moved = f"the source commit goes back from {_commit(before)} to {_commit(after)}"
        return moved if change.source is Order.BACK else ""
    return _built_earlier(before, after)


def _built_earlier(before: AssessedImage, after: AssessedImage) -> str:
    old, new = _proved(before), _proved(after)
    if old is None or new is None:
        return _said_to_be_older(before.evidence.facts, after.evidence.facts)
    return f"first signed on {new:%Y-%m-%d}, the old image on {old:%Y-%m-%d}" if _earlier(new, old) else ""


def _said_to_be_older(old: ImageFacts | Lookup | None, new: ImageFacts | Lookup | None) -> str:
    if not isinstance(old, ImageFacts) or not isinstance(new, ImageFacts) or not comparable(old, new):
        return ""
    if old.created is None or new.created is None or not _earlier(new.created, old.created):
        return ""
    return f"it says that it was built on {new.created:%Y-%m-%d}, the old image on {old.created:%Y-%m-%d}"


def asked(scope: Scope) -> tuple[Downgrade, ...]:
    """Return the rule unless the scope allows downgrades."""
    return () if scope.lineage.downgrade is Reaction.ALLOW else (Downgrade(scope),)


def _order(change: AssessedChange) -> Order | None:
    before, after = change.before, change.after
    if before is None or after is None or not _same_image(before, after):
        return None
    old, new = before.evidence.reference.tag, after.evidence.reference.tag
    return None if old is None or new is None else compare(old, new)


def _same_image(before: AssessedImage, after: AssessedImage) -> bool:
    """Say whether both are one image as far as its name tells, maybe in another place; else nothing is comparable."""
    old, new = before.evidence.reference.name.path, after.evidence.reference.name.path
    return old.rpartition("/")[2] == new.rpartition("/")[2]


def _commit(image: AssessedImage) -> str:
    measure = image.posture.measures.get("provenance.commit")
    return "one that is not told" if measure is None else str(measure.value)[:_SHORT]


def _proved(image: AssessedImage) -> datetime | None:
    known = [one for one in image.trusted if one.statement.predicate_type in _TELLS_TIME]
    return min((one.verified_at for one in known if one.verified_at is not None), default=None)


def _earlier(new: datetime, old: datetime) -> bool:
    return old - new > _TOGETHER
