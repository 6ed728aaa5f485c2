"""Past changes judged twice, by the policy in force and by another one: what differs, as text and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.core.verdict import Finding, Outcome
from app.render.document import Json
from app.render.findings import finding_of
from app.render.plain import counted, visible

REPLAY: Final = "assay.replay/v1"
LIMITS: Final = (
    "evidence is what registries tell today, not what they told then: tags, signatures, scans and waivers are today's",
    "reviews are not replayed, and edits of policies are not judged: only images are",
)
_SHORT: Final = 12


@dataclass(frozen=True, slots=True)
class Word:
    """What one policy says of one subject, and the finding that decides it: `None` when no rule spoke."""

    outcome: Outcome
    effective: Outcome
    finding: Finding | None

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Word:
        """Return the worst word; without findings nothing was asked, and it is OK."""
        known = tuple(findings)
        decides = max(known, key=lambda one: (one.effective, one.outcome, bool(one.waived)), default=None)
        outcome = max((one.outcome for one in known), default=Outcome.OK)
        return cls(outcome, Outcome.OK if decides is None else decides.effective, decides)

    @property
    def severity(self) -> tuple[Outcome, Outcome]:
        """What decides which of two words is the stricter: what counts in the status, then what would."""
        return self.effective, self.outcome

    def __str__(self) -> str:
        """`BLOCKED`, or `BLOCKED (observe)` when it does not count."""
        return f"{self.outcome.word}{' (observe)' if self.effective < self.outcome else ''}"


@dataclass(frozen=True, slots=True)
class Compared:
    """One image change, or place in a commit, as both policies see it.

    `unanswered`: a place did not answer that may hold what a policy still lacks.
    """

    subject: str
    before: Word
    after: Word
    unanswered: bool = False

    @property
    def differs(self) -> bool:
        """Whether the word is another one."""
        return self.before.severity != self.after.severity

    @property
    def undecided(self) -> bool:
        """Whether a word may be another one once what is missing is known."""
        worst = max(self.before.outcome, self.after.outcome)
        incomplete = Outcome.INCOMPLETE in {self.before.outcome, self.after.outcome}
        return incomplete or (self.unanswered and worst is Outcome.BLOCKED)


@dataclass(frozen=True, slots=True)
class ReplayedCommit:
    """One commit against its first parent."""

    commit: str
    parent: str
    compared: tuple[Compared, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """What two policies say of the last commits of a branch that changed images, the newest first.

    `tip` is the commit whose policy is `before`, `policy` the file that is `after`. `last` commits were wanted; to find
    them `looked` were looked at, and with `cut` there are older ones that were not.
    """

    tip: str
    policy: str
    last: int
    looked: int
    cut: bool
    commits: tuple[ReplayedCommit, ...]
    judged_at: datetime
    notices: tuple[str, ...] = ()

    @property
    def compared(self) -> tuple[Compared, ...]:
        """Everything that was judged twice."""
        return tuple(one for commit in self.commits for one in commit.compared)

    @property
    def differs(self) -> bool:
        """Whether anything is known to be judged differently: nothing of it hangs on what could not be found out."""
        return any(one.differs and not one.undecided for one in self.compared)

    @property
    def undecided(self) -> bool:
        """Whether anything could not be found out."""
        return any(one.undecided for one in self.compared)


def compare(
    keys: Iterable[str], before: Iterable[Finding], after: Iterable[Finding], silent: Collection[str]
) -> tuple[Compared, ...]:
    """Put both policies' findings side by side, by subject: each change by its key, then what else is not OK.

    `silent` are the keys of changes of which a place did not answer that may hold what a policy lacks.
    """
    old, new = _by_subject(before), _by_subject(after)
    known = dict.fromkeys(keys)
    loud = {one.subject for same in (*old.values(), *new.values()) for one in same if one.outcome is not Outcome.OK}
    return tuple(
        Compared(subject, Word.of(old.get(subject, ())), Word.of(new.get(subject, ())), unanswered=subject in silent)
        for subject in (*known, *sorted(loud - known.keys()))
    )


def _by_subject(findings: Iterable[Finding]) -> Mapping[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for one in findings:
        found.setdefault(one.subject, []).append(one)
    return found


def terminal(replay: Replay) -> str:
    """Write where the verdicts differ or are not known, then a summary, then what this cannot say."""
    lines: list[str] = []
    for commit in replay.commits:
        for one in commit.compared:
            if one.differs or one.undecided:
                lines += _told(commit, one)
    lines += [_summary(replay), _range(replay)]
    lines += [f"note: {one}" for one in (*replay.notices, *LIMITS)]
    return "".join(f"{visible(line)}\n" for line in lines)


def _told(commit: ReplayedCommit, one: Compared) -> list[str]:
    words = f"{one.before} -> {one.after}" if one.differs else f"{one.after}"
    open_end = ", not known for sure" if one.undecided else ""
    lines = [f"{commit.commit[:_SHORT]}  {one.subject or 'the whole change'}: {words}{open_end}"]
    milder = one.after.severity < one.before.severity
    decides = (one.before if milder else one.after).finding
    gone = "no longer " if milder else ""
    lines += [f"  {gone}{it.outcome.word} ({it.rule}): {it.sentence}" for it in (decides,) if it is not None]
    now = one.after.finding
    lines += [f"  {waived} [{waived.path}]" for waived in (now.waived if milder and now is not None else ())]
    return lines


def _summary(replay: Replay) -> str:
    if not replay.commits:
        return "no difference: no commit changed an image, nothing was judged"
    changed = [one for one in replay.compared if one.differs]
    stricter = sum(one.after.severity > one.before.severity for one in changed)
    moves = Counter(f"{one.before} -> {one.after}" for one in changed)
    said = [f"{counted(len(changed), 'difference')} in {counted(len(replay.compared), 'judged change')}"]
    if changed:
        said[0] += f" ({stricter} stricter, {len(changed) - stricter} milder)"
        said += [f"{move}: {number}" for move, number in sorted(moves.items())]
    unknown = sum(one.undecided for one in replay.compared)
    said += [f"not known for sure: {unknown}"] if unknown else []
    return "; ".join(said)


def _range(replay: Replay) -> str:
    found = counted(len(replay.commits), "commit")
    end = ""
    if len(replay.commits) < replay.last:
        end = ", older ones were not looked at" if replay.cut else ", there are no older ones here"
    return (
        f"{replay.policy} against the policy at {replay.tip[:_SHORT]}: {found} with image changes "
        f"in the last {replay.looked} ({replay.last} wanted{end})"
    )


def replay_document(replay: Replay) -> Json:
    """Make the document of `assay replay`: everything that was judged, with both words."""
    compared = replay.compared
    return {
        "schema": REPLAY,
        "tip": replay.tip,
        "policy": replay.policy,
        "last": replay.last,
        "looked_at": replay.looked,
        "cut": replay.cut,
        "judged_at": replay.judged_at.isoformat(),
        "commits": [
            {"commit": one.commit, "parent": one.parent, "changes": [_compared(each) for each in one.compared]}
            for one in replay.commits
        ],
        "summary": {
            "commits": len(replay.commits),
            "judged": len(compared),
            "different": sum(one.differs for one in compared),
            "stricter": sum(one.after.severity > one.before.severity for one in compared),
            "milder": sum(one.after.severity < one.before.severity for one in compared),
            "undecided": sum(one.undecided for one in compared),
        },
        "notices": [*replay.notices, *LIMITS],
    }


def _compared(one: Compared) -> Json:
    return {
        "subject": one.subject,
        "before": _word(one.before),
        "after": _word(one.after),
        "differs": one.differs,
        "undecided": one.undecided,
    }


def _word(word: Word) -> Json:
    return {
        "verdict": word.outcome.word,
        "effective": word.effective.word,
        "finding": None if word.finding is None else finding_of(word.finding),
    }
