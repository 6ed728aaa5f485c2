"""What a proposed policy would have said to what was merged: a line that counts, and the document."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.assessment import WhatIf
from app.render.plain import counted

Json = Mapping[str, object]

NOT_TOLD = "What the proposed policy would have said to what was merged is not known"


def line(told: WhatIf) -> str:
    """Count in one line; it holds numbers and words of ours only."""
    if not told.judged and told.unknown:
        return NOT_TOLD
    if not told.judged:
        return f"What if: no image changed in the last {counted(told.looked, 'commit')} of the base branch"
    tried = "the last image change" if told.judged == 1 else f"the last {told.judged} image changes"
    if told.different:
        parts = [f"{told.stricter} stricter" if told.stricter else "", f"{told.milder} milder" if told.milder else ""]
        how = ", ".join(part for part in parts if part)
        of = tried if told.judged == 1 else f"{told.different} of {tried}"
        said = f"the proposed policy would have said otherwise to {of}: {how}"
    elif told.open == told.judged:
        return f"What the proposed policy would have said to {tried} could not be found out"
    elif told.open:
        said = f"the proposed policy would have said otherwise to none of {tried}"
    else:
        said = f"the proposed policy would have said the same to {tried}"
    unsure = f"; of {told.open} it could not be found out" if told.open else ""
    cut = f"; {told.wanted} were to be tried" if told.unknown else ""
    return f"What if: {said}{unsure}{cut}"


def what_if_document(told: WhatIf | None) -> Json | None:
    """Return it for JSON; `None` where nothing is proposed, or not yet known."""
    if told is None:
        return None
    return {
        "wanted": told.wanted,
        "judged": told.judged,
        "looked_at": told.looked,
        "stricter": told.stricter,
        "milder": told.milder,
        "open": told.open,
        "otherwise": [
            {
                "commit": one.commit,
                "subject": one.subject,
                "before": one.before,
                "after": one.after,
                "stricter": one.stricter,
                "sentence": one.sentence,
            }
            for one in told.otherwise
        ],
        "unknown": told.unknown or None,
    }
