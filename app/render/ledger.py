"""What a check of the ledger found, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from app.core.history import Gap
from app.core.merge_record import Checked, Claims, Fault
from app.render.plain import visible

SCHEMA: Final = "assay.ledger/v1"
_NAMED: Final = 10
Json = Mapping[str, object]


def document(checked: Checked, unrecorded: Iterable[Fault], gaps: Iterable[Gap], *, whole: bool) -> Json:
    """Make the document of `assay ledger verify`."""
    return {
        "schema": SCHEMA,
        "whole": whole,
        "records": [_claims(one) for one in checked.proved],
        "faults": [_fault(one) for one in checked.faults],
        "unrecorded": [_fault(one) for one in unrecorded],
        "gaps": [{"commit": one.commit, "path": one.path, "sentence": one.sentence} for one in gaps],
    }


def terminal(checked: Checked, unrecorded: Iterable[Fault], gaps: Iterable[Gap], *, whole: bool) -> str:
    """Say it to a person: the answer first, then each thing that is amiss."""
    return "".join(f"{line}\n" for line in _lines(checked, tuple(unrecorded), tuple(gaps), whole=whole))


def _lines(checked: Checked, unrecorded: tuple[Fault, ...], gaps: tuple[Gap, ...], *, whole: bool) -> Iterator[str]:
    places = {claims.repository_id: claims.name for claims in checked.proved}
    count = f"{len(checked.proved)} record{'' if len(checked.proved) == 1 else 's'} proved"
    repositories = f"of {len(places)} repositor{'y' if len(places) == 1 else 'ies'}"
    # Whose records they are: those of another repository are whole, too.
    named = ", ".join(f"{visible(name)} ({number})" for number, name in sorted(places.items())[:_NAMED])
    more = ", …" if len(places) > _NAMED else ""
    yield f"{'WHOLE' if whole else 'NOT WHOLE'}: {count} {repositories}: {named or 'nothing to rely on'}{more}"
    for fault in (*checked.faults, *unrecorded):
        yield f"  {visible(fault.where)}: {visible(fault.sentence)}"
    for gap in gaps:
        yield f"  not known: {visible(' '.join(part for part in (gap.commit, gap.path, gap.sentence) if part))}"


def _claims(one: Claims) -> Json:
    return {
        "repository": one.repository_id,
        "name": one.name or None,
        "pull_request": one.number,
        "commit": one.commit,
        "sequence": one.link.sequence,
        "previous": one.link.previous or None,
    }


def _fault(one: Fault) -> Json:
    return {"where": one.where, "sentence": one.sentence}
