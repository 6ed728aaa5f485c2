"""`csv`: one row an event (RFC 4180), then one a gap. No cell is ever a formula, and every cell stands on one line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from app.core.history import Event, Gap, ImageUpdate, PolicyChange, Unseen
from app.core.inventory import ImageVersion
from app.core.policy_edit import named
from app.render.history.documents import kind_of
from app.render.history.facts import critical_then, word_then
from app.render.history.scope import Scope, Stream
from app.render.history.standing import environment_of
from app.render.plain import cut, visible

COLUMNS: Final = (
    *("type", "committed_at", "commit", "pull_request", "arrival", "author", "author_email", "committer"),
    *("committer_email", "authored_at", "signed", "subject", "repository", "repository_before", "artifact"),
    *("before_tag", "before_digest", "after_tag", "after_digest", "environments", "paths", "policy", "effect"),
    *("edits", "approved_by", "recorded_verdict", "recorded_policy_commit", "recorded_joined", "recorded_signature"),
    *("recorded_critical", "overrides", "waivers", "signature_today", "asked_at", "source", "gap", "approved_unasked"),
)
MARK: Final = "\ufeff"
UNKNOWN: Final = "not known"

# A spreadsheet takes a cell that begins so for a formula, also in their wide forms and after blanks.
_FORMULA: Final = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")
# Where people write decimal commas, a spreadsheet parts cells at semicolons, whatever the file says.
_INNER: Final = re.compile('(;)(?=[ "]*[-=+@\uff1d\uff0b\uff0d\uff20])')
_MAX_CELL: Final = 4_000
_MAX_LISTED: Final = 20


def csv_rows(scope: Scope, stream: Stream) -> Iterator[str]:  # noqa: ARG001 - every format is asked alike
    """Write the header, then rows as they come."""
    # Without the mark, a spreadsheet reads UTF-8 as something else.
    yield f"{MARK}{_row(COLUMNS)}"
    for one in stream:
        cells = _event(one) if isinstance(one, Event) else _gap(one)
        yield _row([cells.get(column, "") for column in COLUMNS])


def cell(text: str) -> str:
    """Make a text harmless as a cell: one line, bounded, and never the beginning of a formula."""
    shown = _INNER.sub(r"\1'", cut(visible(text), _MAX_CELL))
    return f"'{shown}" if shown.lstrip(" ").startswith(_FORMULA) or text.startswith(_FORMULA) else shown


def _row(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([cell(one) for one in cells])
    return out.getvalue()


def _gap(gap: Gap) -> Mapping[str, str]:
    kind = "unseen" if isinstance(gap, Unseen) else "gap"
    return {"type": kind, "commit": gap.commit, "paths": gap.path, "gap": gap.sentence}


def _event(event: Event) -> Mapping[str, str]:
    facts = event.facts
    return {
        "type": kind_of(event),
        "committed_at": facts.committed_at.isoformat(),
        "commit": facts.commit,
        "pull_request": "" if facts.pull_request is None else str(facts.pull_request),
        "arrival": facts.arrival.value,
        "author": facts.author.name,
        "author_email": facts.author.email,
        "committer": facts.committer.name,
        "committer_email": facts.committer.email,
        "authored_at": facts.authored_at.isoformat(),
        "signed": "none" if facts.signed is None else facts.signed.value,
        "subject": facts.subject,
        **(_image(event.what) if isinstance(event.what, ImageUpdate) else _policy(event.what)),
        **_known(event),
        "source": event.source.value,
    }


def _image(what: ImageUpdate) -> Mapping[str, str]:
    change = what.change
    return {
        "repository": "" if change.name is None else str(change.name),
        "repository_before": "" if change.name_before is None else str(change.name_before),
        "artifact": change.artifact.value,
        **_version("before", change.before),
        **_version("after", change.after),
        "environments": _listed(tuple(filter(None, dict.fromkeys(environment_of(use.path) for use in change.uses)))),
        "paths": _listed(tuple(dict.fromkeys(use.path for use in change.uses))),
    }


def _version(side: str, version: ImageVersion | None) -> Mapping[str, str]:
    if version is None:
        return {}
    return {f"{side}_tag": version.tag or "", f"{side}_digest": "" if version.digest is None else str(version.digest)}


def _policy(what: PolicyChange) -> Mapping[str, str]:
    return {
        "environments": environment_of(what.path),
        "paths": what.path,
        "policy": named(what.edits[0]) if what.edits else what.path,
        "effect": what.effect.value,
        "edits": _listed(tuple(f"{edit.field or 'whole'}: {edit.sentence}" for edit in what.edits)),
    }


def _known(event: Event) -> Mapping[str, str]:
    recorded, today, approvals = event.recorded, event.evidence_today, event.approvals
    critical = critical_then(event)
    counted = UNKNOWN if approvals is None else _listed(tuple(one.login for one in approvals if one.counted))
    return {
        "approved_by": counted or "nobody",
        "approved_unasked": _listed(tuple(one.login for one in approvals or () if one.independent and not one.counted)),
        "recorded_verdict": UNKNOWN if recorded is None else recorded.verdict,
        "recorded_policy_commit": "" if recorded is None else recorded.policy_commit,
        "recorded_joined": "" if recorded is None else recorded.joined.value,
        "recorded_signature": word_then(event),
        "recorded_critical": "" if critical is None else f"{critical:g}",
        "overrides": "" if recorded is None else _listed(recorded.overrides),
        "waivers": "" if recorded is None else _listed(recorded.waivers),
        "signature_today": "not asked" if today is None else today.signature,
        "asked_at": "" if today is None else today.asked_at.isoformat(),
    }


def _listed(texts: Sequence[str]) -> str:
    more = len(texts) - _MAX_LISTED
    return "; ".join([*texts[:_MAX_LISTED], *([f"and {more} more"] if more > 0 else [])])
