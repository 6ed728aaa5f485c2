"""What a report counts, each with its words: a fact is what one event, or the commit that it stands for, shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from app.core.history import Arrival, Event, ImageUpdate, Joined, PolicyChange
from app.core.inventory import Artifact
from app.core.policy_edit import Effect

VERIFIED: Final = "verified"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is counted. `words` say what; `of_commits`: a commit with several events counts once."""

    words: str
    holds: Callable[[Event], bool]
    of_commits: bool = False


def _image(event: Event) -> bool:
    return isinstance(event.what, ImageUpdate)


def _promoted(event: Event) -> bool:
    return isinstance(event.what, ImageUpdate) and event.what.change.after is not None


def runs(event: Event) -> bool:
    """Say whether an event promoted a version of an image that runs, and no chart."""
    return isinstance(event.what, ImageUpdate) and _promoted(event) and event.what.change.artifact is Artifact.IMAGE


def _pinned(event: Event) -> bool:
    return runs(event) and by_digest(event)


def by_digest(event: Event) -> bool:
    """Say whether what it promoted is named by digest."""
    after = event.what.change.after if isinstance(event.what, ImageUpdate) else None
    return after is not None and after.digest is not None


def _policy(event: Event, effect: Effect | None = None) -> bool:
    what = event.what
    if not isinstance(what, PolicyChange) or what.governance:
        return False
    return effect is None or what.effect is effect


def _governance(event: Event) -> bool:
    return isinstance(event.what, PolicyChange) and event.what.governance


def _excepts(event: Event) -> bool:
    """Say whether an event changes an exception or a waiver: what lets something pass that a policy forbids."""
    what = event.what
    if not isinstance(what, PolicyChange):
        return False
    kind = what.resource.kind if what.resource is not None else ""
    return kind.endswith("Exception") or what.path.startswith(".github/assay/waivers/") or is_list_of_waivers(what.path)


def is_list_of_waivers(path: str) -> bool:
    """Say whether a file holds many waivers: each entry is one."""
    return path == ".trivyignore.yaml"


def _around(event: Event) -> bool:
    """Say whether, as far as git tells, no pull request brought it."""
    return event.facts.arrival is not Arrival.PULL_REQUEST


def by_number_only(event: Event) -> bool:
    """Say whether its record hangs on a number that anybody could have written: no good news is taken from it."""
    return event.recorded is not None and event.recorded.joined is Joined.NUMBER


def _approved(event: Event) -> bool:
    """Say whether a review is known that counted."""
    return _reviewed(event) and any(one.counted for one in event.approvals or ())


def _reviewed(event: Event) -> bool:
    return event.approvals is not None and not by_number_only(event)


def _unasked(event: Event) -> bool:
    """Say whether somebody else approved it, though none that counted for a rule."""
    return _reviewed(event) and not _approved(event) and any(one.independent for one in event.approvals or ())


def _unapproved(event: Event) -> bool:
    return _reviewed(event) and not _approved(event) and not _unasked(event)


def proved_record(event: Event) -> bool:
    """Say whether a record was found that hangs on more than a number."""
    return event.recorded is not None and not by_number_only(event)


def _overridden(event: Event) -> bool:
    """Say whether, by its record, it reached the branch around what was asked for."""
    return event.recorded is not None and bool(event.recorded.overrides)


def word_then(event: Event) -> str:
    """Return the word that was recorded for a version's signature; empty where none was, or by a number only."""
    said = event.recorded.posture.get("signature") if event.recorded is not None and proved_record(event) else None
    return said if isinstance(said, str) else ""


def critical_then(event: Event) -> float | None:
    """Return how many critical vulnerabilities were recorded of a version; `None` when nobody counted."""
    measures = None if event.recorded is None else event.recorded.posture.get("measures")
    measure = measures.get("vulnerabilities.critical") if isinstance(measures, Mapping) else None
    value = measure.get("value") if isinstance(measure, Mapping) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _today(event: Event, word: str) -> bool:
    return event.evidence_today is not None and event.evidence_today.signature == word


FACTS: Final[Mapping[str, Fact]] = {
    "image_updates": Fact("changes of images and charts", _image),
    "promotions": Fact("versions promoted (of an image or chart, new or another one)", _promoted),
    "pinned": Fact("promoted images named by digest", _pinned),
    "unpinned": Fact("promoted images named by tag only", lambda event: runs(event) and not by_digest(event)),
    "artifacts": Fact(
        "promoted charts and other artifacts, which do not run themselves",
        lambda event: _promoted(event) and not runs(event),
    ),
    "policy_changes": Fact("policy changes", _policy),
    "weaker": Fact("policy changes that weaken", lambda event: _policy(event, Effect.WEAKER)),
    "stronger": Fact("policy changes that strengthen", lambda event: _policy(event, Effect.STRONGER)),
    "neutral": Fact("policy changes without effect", lambda event: _policy(event, Effect.NEUTRAL)),
    "cannot_tell": Fact("policy changes whose effect cannot be told", lambda event: _policy(event, Effect.CANNOT_TELL)),
    "governance_changes": Fact("changes of what governs the repository", _governance),
    "exceptions": Fact("changes of exceptions and waivers", _excepts),
    "commits": Fact("commits with events", lambda _event: True, of_commits=True),
    "by_pull_request": Fact("commits that a pull request brought", lambda event: not _around(event), of_commits=True),
    "direct": Fact(
        "commits put on the branch directly", lambda event: event.facts.arrival is Arrival.DIRECT, of_commits=True
    ),
    "merged_around": Fact(
        "merges without a pull request", lambda event: event.facts.arrival is Arrival.MERGE, of_commits=True
    ),
    "signed": Fact("commits that carry a signature", lambda event: event.facts.signed is not None, of_commits=True),
    "unsigned": Fact("commits without a signature", lambda event: event.facts.signed is None, of_commits=True),
    "skewed": Fact("commits dated before a parent or in the future", lambda event: event.facts.skewed, of_commits=True),
    "approved": Fact("commits with an approval that counted", _approved, of_commits=True),
    "approved_unasked": Fact("commits that another person approved, though no rule asked", _unasked, of_commits=True),
    "unapproved": Fact("commits whose record holds no approval", _unapproved, of_commits=True),
    "approvals_unknown": Fact(
        "commits of which approvals are not known", lambda event: not _reviewed(event), of_commits=True
    ),
    "recorded": Fact("commits with a record of what was known then", proved_record, of_commits=True),
    "recorded_by_number": Fact(
        "commits with a record by the number in their message only",
        by_number_only,
        of_commits=True,
    ),
    "not_recorded": Fact("commits without a record", lambda event: event.recorded is None, of_commits=True),
    "overridden": Fact("commits merged around what their record asked for", _overridden, of_commits=True),
    "waived": Fact(
        "commits that a waiver let pass",
        lambda event: event.recorded is not None and bool(event.recorded.waivers),
        of_commits=True,
    ),
    "verified_then": Fact(
        "promoted versions whose signature was verified then", lambda event: word_then(event) == VERIFIED
    ),
    "words_then": Fact(
        "promoted versions with a recorded word for their signature", lambda event: bool(word_then(event))
    ),
    "critical_then": Fact(
        "promoted versions with critical vulnerabilities then", lambda event: (critical_then(event) or 0) > 0
    ),
    "counted_then": Fact(
        "promoted versions with a recorded count of vulnerabilities", lambda event: critical_then(event) is not None
    ),
    "verified_today": Fact("promoted versions whose signature verifies today", lambda event: _today(event, VERIFIED)),
    "asked_today": Fact("promoted versions asked about today", lambda event: event.evidence_today is not None),
}
"""Every fact by its key, in the order in which they are listed; `controls.yml` names them."""
