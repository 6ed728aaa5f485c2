"""Who can unblock and how: reviewers, those who run the installation, the author; each said once."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Final

from app.core.assessment import Standing
from app.core.attestation import Answer
from app.core.verdict import Outcome
from app.render.comment.images import title
from app.render.comment.ladder import Detail
from app.render.markdown import bullets, code, prose
from app.render.plain import counted
from app.render.words import OPEN_DEMANDS, View, state_of, unanswered_reviews

_CREDENTIAL_CODES: Final = frozenset({"unauthorized", "forbidden"})
_CREDENTIALS: Final = "ASSAY_REGISTRY_AUTH"
_NAMED: Final = 3
_SENTENCE_END: Final = re.compile(r"(?<=\.) ")


def needed(view: View, detail: Detail) -> str:
    """List what has to happen, by whom; empty when nothing has to."""
    lines = []
    if view.assessment.broken or view.assessment.standing is Standing.BROKEN:
        where = f" on {code(view.assessment.base_ref)}" if view.assessment.base_ref is not None else ""
        lines.append(f"whoever maintains this repository repairs the policy{where}; until then nothing is judged")
    if view.assessment.proposed:
        lines.append("the author of this change corrects the proposed policy")
    lines += [prose(one.sentence) for one in view.assessment.demands if state_of(one) in OPEN_DEMANDS]
    if unanswered_reviews(view.assessment):
        lines.append("waits for 1 approval from a person with write access")
    credentials = _credentials(view)
    lines += [*credentials, *_remedies(view, with_credentials=not credentials)]
    if not lines:
        return ""
    if len(lines) == 1:
        return f"**Needed:** {lines[0]}"
    return f"**Needed:**\n\n{bullets(lines, detail.items)}"


def _credentials(view: View) -> list[str]:
    """Name each registry that asked for credentials once, with who can act and the one setting."""
    asked: defaultdict[tuple[str, bool], set[str]] = defaultdict(set)
    for change in view.assessment.changes:
        image = str(change.change.name)
        for side in (change.before, change.after):
            for lookup in side.evidence.lookups if side is not None else ():
                if lookup.answer is Answer.FAILED and lookup.code in _CREDENTIAL_CODES:
                    asked[(lookup.host, lookup.credentials)].add(image)
    return [
        f"{code(host)} {'refused the stored credential' if stored else 'asks for credentials'}"
        f" ({counted(len(asked[(host, stored)]), 'image')}):"
        f" whoever runs this Assay sets it in `{_CREDENTIALS}`; what waits is then judged again"
        for host, stored in sorted(asked)
    ]


def _remedies(view: View, *, with_credentials: bool) -> list[str]:
    """List the remedies of what fails or could not be found out, worst first, each sentence once with its images.

    Without `with_credentials` those about credentials are left out: they were said once a registry already.
    """
    several = len(view.assessment.changes) > 1
    titles = {change.change.key: title(change.change) for change in view.assessment.changes} if several else {}
    wanted: defaultdict[str, list[str]] = defaultdict(list)
    for finding in view.reasons():
        if finding.outcome < Outcome.INCOMPLETE:
            continue
        for sentence in _SENTENCE_END.split(finding.remedy) if finding.remedy else ():
            if with_credentials or _CREDENTIALS not in sentence:
                wanted[sentence] += [titles[finding.subject]] if finding.subject in titles else []
    return [f"{_of(images)}{prose(sentence)}" for sentence, images in wanted.items()]


def _of(images: list[str]) -> str:
    names = list(dict.fromkeys(images))
    more = len(names) - _NAMED
    listed = ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"{listed}: " if listed else ""
