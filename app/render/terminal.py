"""Text for a terminal: the same words as everywhere, no colours, every control character shown as an escape."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.assessment import AssessedChange, Assessment, Standing
from app.core.attestation import SIGNATURE, Answer, Lookup, SignedStatement, Word
from app.core.errors import PolicyError
from app.core.inventory import ImageChange, UnreadablePlace
from app.core.posture import Measure, MeasureChange, Trend
from app.core.verdict import Outcome
from app.render import policy_edits
from app.render.claims import pinned
from app.render.plain import counted, visible
from app.render.verification import Verification, is_signature
from app.render.words import (
    View,
    answered,
    artifact_word,
    effective,
    root_sentences,
    signature_of,
    state_of,
    unlogged,
    verdict,
)


def check(assessment: Assessment) -> str:
    """Write an assessment: the verdict first, then each image change with its findings, then who is needed."""
    lines = [_verdict(assessment)]
    if assessment.broken:
        lines.append(f"  policy broken: {assessment.broken}")
    lines += [f"  proposed policy: {error}" for error in assessment.proposed]
    view = View.of(assessment)
    for change in view.ordered():
        lines += _change(view, change)
    keys = {change.change.key for change in assessment.changes}
    for one in view.reasons():
        if one.subject not in keys:
            lines += [f"{one.outcome.word}  {one.subject or 'the whole change'}: {one.sentence}", *_then(one.remedy)]
    told = (edit for edit in policy_edits.ordered(assessment.edits) if edit.telling)
    lines += [policy_edits.line(edit) for edit in told]
    lines += [f"review {state_of(one).value}: {one.rule}: {one.sentence}" for one in assessment.demands]
    lines += [*_unreadable(assessment.unreadable), *(f"note: {one}" for one in assessment.notices)]
    return _written(lines)


def images(changes: Iterable[ImageChange], unreadable: Iterable[UnreadablePlace]) -> str:
    """Write image changes with their places, one place a line."""
    lines: list[str] = []
    for change in changes:
        lines.append(f"{_name(change)}: {_versions(change)}")
        lines += [f"  {use.path}:{use.line} {use.format} {use.field}" for use in change.uses]
    return _written([*(lines or ["no image changed"]), *_unreadable(unreadable)])


def verify(verification: Verification) -> str:
    """Write a verification: what was asked, then all that was found, then where was looked."""
    digest = f" ({verification.digest})" if verification.digest else " (digest not known)"
    lines = [f"{verification.word.value}: {verification.image}{digest}"]
    lines += [
        f"  asked {one.what}: {one.word.value}{unlogged(one)}{_because(one.reason)}" for one in verification.asked
    ]
    for one in verification.signed:
        kind = one.statement.predicate_type
        what = "signature" if kind == SIGNATURE else f"attestation {kind}"
        signed = (
            f"  {verification.word_of(one).value}: {what} by {one.signer.label} in a {one.form.value} "
            f"({', '.join(filter(None, (one.found, one.elsewhere)))}){_vouched(one)}"
        )
        lines.append(signed)
    for refused in verification.rejected:
        what = "signature" if is_signature(refused) else f"attestation {refused.predicate_type or 'of unknown type'}"
        lines.append(f"  {refused.word.value}: {what} in a {refused.form.value} ({refused.found}): {refused.sentence}")
    lines += [_looked(one) for one in verification.lookups]
    return _written([*lines, *(f"  {one}" for one in root_sentences(verification.roots))])


def _vouched(statement: SignedStatement) -> str:
    """Say under which root it is proved when that is not the default, or that only a key vouches."""
    if statement.verified_at is None:
        return ", not logged"
    return "" if statement.default_root else f", under the trusted root {statement.root}"


def validate(path: str, errors: Iterable[PolicyError]) -> str:
    """Write whether a policy file or waiver is valid, or every error with its line."""
    lines = [str(error) for error in errors]
    return _written([*lines, f"{path}: {counted(len(lines), 'error')}"] if lines else [f"{path}: valid"])


def _written(lines: Iterable[str]) -> str:
    # One place for all: nothing reaches a terminal that could move its cursor or change its title.
    return "".join(f"{visible(line)}\n" for line in lines)


def _verdict(assessment: Assessment) -> str:
    word = verdict(assessment).word
    observed = assessment.outcome > effective(assessment)
    if assessment.standing is Standing.SILENT:
        return f"{word}: no policy in force, nothing was asked"
    total = counted(len(assessment.changes), "image change") if assessment.changes else "no image changed"
    return f"{word}{' (observe: not enforced)' if observed else ''}: {total}"


def _name(change: ImageChange) -> str:
    kind = artifact_word(change)
    if change.name is None:
        return f"{kind}repository not known ({change.uses[0].path})"
    return f"{kind}{change.name_before} -> {change.name}" if change.name_before else f"{kind}{change.name}"


def _versions(change: ImageChange) -> str:
    if change.before_unknown:
        return f"{change.after}, what was there before is not known"
    if change.before is None:
        return f"added {change.after}"
    return f"removed {change.before}" if change.after is None else f"{change.before} -> {change.after}"


def _change(view: View, change: AssessedChange) -> list[str]:
    before, conclusion = signature_of(change)
    word = conclusion.word if conclusion else None
    was = f" (was {before.value})" if before not in (None, word) and before is not None else ""
    lines = [f"{view.outcome_of(change).word}  {_name(change.change)}: {_versions(change.change)}"]
    if conclusion is not None:
        lines.append(f"  signature {conclusion.word.value}{unlogged(conclusion)}{was}{_because(conclusion.reason)}")
    attestations = change.after.attestations if change.after else ()
    lines += [f"  {one.what} {one.word.value}{unlogged(one)}{_because(one.reason)}" for one in attestations]
    for finding in view.findings_of(change):
        if finding.outcome is not Outcome.OK:
            lines += [f"  {finding.outcome.word} ({finding.rule}): {finding.sentence}", *_then(finding.remedy)]
        lines += [f"  {one} ({finding.rule}: {finding.sentence}) [{one.path}]" for one in finding.waived]
    pin = pinned(change.after.evidence) if change.after else ""
    lines += [f"  to pin: {pin}"] if pin else []
    return [*lines, *(_measure(one) for one in change.measures if one.trend is not Trend.SAME)]


def _measure(change: MeasureChange) -> str:
    return (
        f"  {change.trend.value}: {change.label} {_side(change.before)} -> {_side(change.after)}{_because(change.why)}"
    )


def _side(measure: Measure | None) -> str:
    if measure is None:
        return "no data"
    if isinstance(measure.value, frozenset):
        return counted(len(measure.value), "entry", "entries")
    return str(measure.value).lower() if isinstance(measure.value, bool) else str(measure.value)


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""


def _then(remedy: str) -> list[str]:
    return [f"    to do: {remedy}"] if remedy else []


def _looked(lookup: Lookup) -> str:
    failed = f" ({Word.UNKNOWN.value})" if lookup.answer is Answer.FAILED and not lookup.claims else ""
    return f"  looked at {lookup.where} at {lookup.host}: {answered(lookup)}{failed}{_because(lookup.detail)}"


def _unreadable(places: Iterable[UnreadablePlace]) -> list[str]:
    return [_place(one) for one in places]


def _place(one: UnreadablePlace) -> str:
    where = f"{one.path}:{one.line}" if one.line else one.path
    return f"{'not resolved' if one.source else 'cannot be read'}: {where}: {one.reason}"
