"""The two folds of evidence: what changed inside the images, and where was looked."""

from __future__ import annotations

from typing import Final

from app.core.assessment import AssessedChange, AssessedImage
from app.core.attestation import Answer, Conclusion, Lookup, Rejection
from app.core.posture import Better, Measure, MeasureChange, Trend, Value
from app.core.verdict import Outcome
from app.render.comment.claims import said_of_itself
from app.render.comment.contents import (
    differences,
    excused_lines,
    listed,
    package_lines,
    packages_of,
    source_lines,
    unmeasured_lines,
    vulnerability_lines,
)
from app.render.comment.headline import COUNTED
from app.render.comment.images import NO_DATA, title
from app.render.comment.ladder import Detail
from app.render.markdown import bullets, code, fold, name, prose, row, table
from app.render.plain import counted
from app.render.words import TREND_SIGNS, View, answered, leaves_open, signed_word, unlogged

_SHORT: Final = 7


def inside(view: View, detail: Detail) -> str:
    """Fold what changed inside: measures that moved, what was asked and concluded, what disagreed."""
    blocks = [
        block
        for change in view.ordered()[: detail.rows]
        if (block := _block(change, detail, fine=view.outcome_of(change) is Outcome.OK))
    ]
    if not blocks:
        return ""
    return fold(f"<b>What changed inside</b>: {_summary(view)}", "\n\n".join(blocks))


def _summary(view: View) -> str:
    """Count only what is known: vulnerabilities fixed and new where both lists are whole and comparable."""
    packages = sum(packages_of(one).count for one in _every(view) if one.key == "packages")
    compared = [found for one in view.assessment.changes if not (found := differences(one)).why]
    fixed, new = sum(len(one.fixed) for one in compared), sum(len(one.new) for one in compared)
    excused = sum(one.excused for side in _after(view) for one in side.posture.vulnerabilities)
    open_ = [
        change
        for change in view.assessment.changes
        if any(one.trend is Trend.NOT_COMPARABLE for one in change.measures if one.key in COUNTED)
    ]
    parts = [
        counted(packages, "package change") if packages else "",
        f"{counted(fixed, 'CVE')} fixed, {new} new" if compared else "",
        f"{counted(excused, 'CVE')} taken out by VEX" if excused else "",
        f"{counted(len(open_), 'image')} not comparable" if open_ else "",
    ]
    return ", ".join(part for part in parts if part) or counted(len(view.assessment.changes), "image change")


def _after(view: View) -> list[AssessedImage]:
    return [change.after for change in view.assessment.changes if change.after is not None]


def _every(view: View) -> list[MeasureChange]:
    return [one for change in view.assessment.changes for one in change.measures]


def _set(measure: Measure | None) -> frozenset[str]:
    return measure.value if measure is not None and isinstance(measure.value, frozenset) else frozenset()


def _come(change: MeasureChange) -> frozenset[str]:
    # Without an old list everything would look new.
    return _set(change.after) - _set(change.before) if change.before and change.after else frozenset()


def _gone(change: MeasureChange) -> frozenset[str]:
    return _set(change.before) - _set(change.after) if change.before and change.after else frozenset()


def _block(change: AssessedChange, detail: Detail, *, fine: bool) -> str:
    lines = [_moved(one) for one in change.measures if _news(one)]
    with_lists = detail.details and (detail.details_of_ok or not fine)
    lines += source_lines(change)
    if with_lists:
        lines += [*vulnerability_lines(change, every=not fine), *excused_lines(change.after)]
    for one in change.measures if detail.packages else ():
        lines += _came_and_went(one)
    lines += [*_evidence(change.after), *said_of_itself(change)]
    return f"**{title(change.change)}**\n\n{bullets(lines, detail.items)}" if lines else ""


def _came_and_went(change: MeasureChange) -> list[str]:
    if change.key == "packages":
        return package_lines(change)
    if not isinstance((change.after or change.before or _NOTHING).value, frozenset):
        return []
    come, gone = sorted(_come(change)), sorted(_gone(change))
    return [*listed(f"{change.label} added", come), *listed(f"{change.label} removed", gone)]


def _news(change: MeasureChange) -> bool:
    """Say whether a measure is worth a line: it moved, and does not merely repeat the one that it is a part of."""
    part = change.key.endswith(".fixable")
    return change.trend in (Trend.WORSE, Trend.LOST) if part else change.trend is not Trend.SAME


_NOTHING: Final = Measure("", "", 0, Better.NEITHER, "")


def _moved(change: MeasureChange) -> str:
    why = f" ({change.why})" if change.why else ""
    sides = f"{_side(change.before)} → {_side(change.after)}"
    return f"{TREND_SIGNS[change.trend]} {change.trend.value}: {prose(change.label)} {sides}{why}"


def _side(measure: Measure | None) -> str:
    return NO_DATA if measure is None else _value(measure.value)


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    return code(value, 120) if isinstance(value, str) else counted(len(value), "entry", "entries")


def _evidence(side: AssessedImage | None) -> list[str]:
    if side is None:
        return []
    asked = [_concluded(one) for one in (side.signature, *side.attestations)]
    refused = [_refused(one) for one in side.evidence.rejected]
    unread = [
        f"❔ unreadable: {code(one.predicate_type)} at {code(one.path)}: {prose(one.reason)}"
        for one in side.posture.unreadable
    ]
    notes = [prose(note) for note in side.posture.notes]
    return [*asked, *refused, *unread, *notes, *unmeasured_lines(side)]


def _concluded(one: Conclusion) -> str:
    signer = f" by {code(one.signer.label)}" if one.signer else ""
    what = one.what if one.what == "signature" else code(one.what)
    return f"{signed_word(one.word)}{unlogged(one)}: {what}{signer}{_because(one.reason)}"


def _because(reason: str) -> str:
    return f" ({prose(reason)})" if reason else ""


def _refused(one: Rejection) -> str:
    kind = code(one.predicate_type) if one.predicate_type else "signature"
    return f"{signed_word(one.word)}: {kind} in a {one.form.value}, found by {code(one.found)}{_because(one.sentence)}"


def looked(view: View, detail: Detail) -> str:
    """Fold where was looked for each image and what each place answered; what failed first."""
    asked = {
        (str(side.evidence.reference.name), lookup)
        for change in view.assessment.changes
        for side in (change.before, change.after)
        if side is not None
        for lookup in side.evidence.lookups
    }
    if not asked:
        return ""
    entries = sorted(asked, key=lambda one: (not leaves_open(one[1]), one[0], one[1].where, repr(one[1])))
    rows = [_looked(image, lookup) for image, lookup in entries[: detail.items]]
    more = len(entries) - len(rows)
    rows += [row(f"{more} more, not shown", "", "", "")] if more else []
    failed = sum(lookup.answer is Answer.FAILED and not lookup.claims for _, lookup in entries)
    hosts = counted(len({lookup.host for _, lookup in entries}), "registry", "registries")
    heading = f"<b>Where we looked</b>: {hosts}, {counted(failed, 'lookup')} failed"
    return fold(heading, table(("Image", "Place", "Answer", "Detail"), rows))


def _looked(image: str, lookup: Lookup) -> str:
    said = f"❔ {answered(lookup)}" if leaves_open(lookup) else answered(lookup)
    detail = prose(lookup.detail, 160) if lookup.detail else ""
    with_code = f"{detail} ({code(lookup.code)})" if lookup.code else detail
    return row(name(image), f"{name(lookup.where)} at {name(lookup.host)}", said, with_code)


def short(sha: str) -> str:
    """Shorten a commit for the eye."""
    return sha[:_SHORT]
