"""The table of image changes: one row a change, six columns, and never a number that is not there."""

from __future__ import annotations

from typing import Final

from app.core.assessment import AssessedChange
from app.core.attestation import Word
from app.core.inventory import ImageChange, ImageVersion
from app.core.posture import Measure, Trend
from app.core.verdict import Mode, Outcome
from app.render.comment.headline import COUNTED
from app.render.comment.ladder import Detail
from app.render.markdown import code, fold, name, prose, row, table
from app.render.plain import counted
from app.render.words import View, artifact_word, signature_of, signed_word, unlogged

HEADER: Final = ("Image (change)", "Signature", "CVEs C/H/M/L", "Provenance", "Files", "Verdict")
MANY: Final = 12
NO_DATA: Final = "no data"
# By its short name or by its URI: as the policy writes it.
_PROVENANCE: Final = ("slsa-provenance", "https://slsa.dev/provenance/")
_SHA: Final = 7


def image_table(view: View, detail: Detail) -> str:
    """Write the table, rows worst first; above twelve changes those that are OK share one row and a fold of names."""
    changes = view.ordered()
    fine = [change for change in changes if view.outcome_of(change) is Outcome.OK]
    together = len(fine) if (len(changes) > MANY and len(fine) > 1) or not detail.ok_rows else 0
    own = [change for change in changes if not together or view.outcome_of(change) is not Outcome.OK]
    rows = [_row(view, change, detail) for change in own[: detail.rows]]
    hidden = len(own) - len(rows)
    if hidden:
        rows.append(row(f"{hidden} more, not shown", "", "", "", "", view.outcome_of(own[len(rows)]).word))
    if together:
        rows.append(row(f"{together} more, all OK", "", "", "", "", "OK"))
    written = table(HEADER, rows)
    if together and detail.ok_rows:
        names = ", ".join(title(change.change) for change in fine)
        heading = f"{counted(together, 'image')} that are OK"
        written += f"\n\n{fold(heading, names)}"
    return written


def title(change: ImageChange) -> str:
    """Write an image's name, and both names when the repository moved."""
    kind = artifact_word(change)
    if change.name is None:
        return f"{kind}repository not known ({code(change.uses[0].path)})"
    new = name(str(change.name))
    return f"{kind}{name(str(change.name_before))} → {new}" if change.name_before else f"{kind}{new}"


def versions(change: ImageChange) -> str:
    """Write what moved: tags when they differ, else digests; `added` and `removed` in words."""
    old, new = change.before, change.after
    if change.before_unknown and new is not None:
        return f"{_version(new)}, what was there before is not known"
    if old is None or new is None:
        added, removed = new and f"added {_version(new)}", old and f"removed {_version(old)}"
        return added or removed or NO_DATA
    if old.tag == new.tag and old.tag is not None and old.digest != new.digest:
        what = "new digest" if new.digest else "digest no longer written"
        return f"same tag {code(old.tag)}, {what}"
    return f"{_version(old)} → {_version(new)}"


def _version(version: ImageVersion) -> str:
    if version.tag is None and version.digest is not None:
        return code(version.digest.short)
    return code(version.tag or "latest")


def _row(view: View, change: AssessedChange, detail: Detail) -> str:
    files = len({use.path for use in change.change.uses})
    return row(
        f"{title(change.change)} {versions(change.change)}",
        _signature(change),
        vulnerabilities(change),
        provenance(change, detail),
        str(files),
        _verdict(view, change),
    )


def _verdict(view: View, change: AssessedChange) -> str:
    outcome = view.outcome_of(change)
    word = f"**{outcome.word}**" if outcome is not Outcome.OK else outcome.word
    softened = [one for one in view.findings_of(change) if one.outcome is outcome]
    observed = outcome >= Outcome.INCOMPLETE and all(one.mode is Mode.OBSERVE and not one.hard for one in softened)
    waived = any(one.waived for one in view.findings_of(change))
    return f"{word} (observe)" if observed else f"{word} (waived)" if waived and outcome is Outcome.OK else word


def _signature(change: AssessedChange) -> str:
    before, conclusion = signature_of(change)
    if conclusion is None:
        return "removed" if change.change.after is None else signed_word(Word.UNKNOWN)
    text = signed_word(conclusion.word) + unlogged(conclusion)
    if conclusion.word is Word.VERIFIED and conclusion.rule:
        text += f" {code(conclusion.rule)}"
    if conclusion.remark:
        text += f" ({prose(conclusion.remark)})"
    return text if before in (None, Word.NOT_REQUIRED, conclusion.word) else f"{text} *(was {before.value})*"


def vulnerabilities(change: AssessedChange) -> str:
    """Write the counts of both sides and why they cannot be compared when they cannot."""
    found = {one.key: one for one in change.measures if one.key in COUNTED}
    if not found:
        return NO_DATA
    old = _counts([found[key].before if key in found else None for key in COUNTED])
    new = _counts([found[key].after if key in found else None for key in COUNTED])
    if change.change.before is None or change.change.after is None:
        return new if change.change.before is None else old
    whys = sorted({one.why for one in found.values() if one.trend is Trend.NOT_COMPARABLE})
    return f"{old} → {new}{f' (not comparable: {whys[0]})' if whys else ''}"


def _counts(measures: list[Measure | None]) -> str:
    if all(measure is None for measure in measures):
        return NO_DATA
    return "/".join("–" if one is None else str(one.value) for one in measures)  # noqa: RUF001 - "no number"


def provenance(change: AssessedChange, detail: Detail) -> str:
    """Write the word for the provenance that was asked, and the source that trusted provenance names."""
    if change.after is None:
        return "removed" if change.change.after is None else signed_word(Word.UNKNOWN)
    measures = change.after.posture.measures
    asked = [one for one in change.after.attestations if one.what.startswith(_PROVENANCE)]
    # Of several that are asked, the first that is not verified speaks.
    asked.sort(key=lambda one: (one.word is Word.VERIFIED, one.logged))
    word = Word.VERIFIED if "provenance.builder" in measures else Word.NOT_REQUIRED
    text = f"{signed_word(asked[0].word)}{unlogged(asked[0])}" if asked else signed_word(word)
    source = measures.get("provenance.source")
    if source is None or not detail.provenance:
        return text
    commit = measures.get("provenance.commit")
    place = str(source.value).removeprefix("https://github.com/")
    return f"{text} {name(place if commit is None else f'{place}@{str(commit.value)[:_SHA]}')}"
