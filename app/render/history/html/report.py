"""The page, section by section: numbers first, then what they are made of, then what nobody can know."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Final

from app.core.history import Event
from app.render.history import marks
from app.render.history.controls import Control
from app.render.history.documents import gap_line
from app.render.history.facts import FACTS
from app.render.history.html import tables
from app.render.history.html.markup import bullets, code, fold, left_out, note, row, section, table, text
from app.render.history.html.plotting import Counted, figures
from app.render.history.html.style import STYLE
from app.render.history.scope import Scope, Stream, limits
from app.render.history.tally import Kept, Tally
from app.render.plain import counted

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_SECTIONS: Final = (
    ("summary", "In numbers"),
    ("posture", "Posture over time"),
    ("policies", "Policies"),
    ("promotions", "Images"),
    ("exceptions", "Exceptions and waivers"),
    ("around", "Around pull requests"),
    ("signatures", "Signatures on commits"),
    ("controls", "Controls"),
    ("gaps", "Gaps"),
)
_TILES: Final = (
    *("promotions", "pinned", "policy_changes", "weaker", "cannot_tell", "governance_changes", "exceptions"),
    *("commits", "by_pull_request", "direct", "merged_around", "signed", "approved", "approvals_unknown"),
    *("recorded", "overridden", "waived", "verified_then", "critical_then", "verified_today", "asked_today"),
)
_ALARMS: Final = frozenset({"weaker", "direct", "merged_around", "overridden", "critical_then"})
_ONLY_WHEN_FOUND: Final = frozenset(
    {"overridden", "waived", "verified_then", "critical_then", "verified_today", "asked_today", "merged_around"}
)
_OF_RECORDS: Final = frozenset({"approved", "recorded"})
"""Without records nobody knows them: a zero would look like an answer."""

_AT_ONCE: Final = 150
_POSTURE: Final = (
    Counted("pinned-plot", "Promoted images", (("pinned", "named by digest"), ("unpinned", "by tag only"))),
    Counted(
        "effects-plot",
        "Policy changes",
        (("weaker", "weaker"), ("cannot_tell", "cannot tell"), ("stronger", "stronger"), ("neutral", "neutral")),
    ),
    Counted(
        "arrivals-plot",
        "How commits reached the branch",
        (("by_pull_request", "pull request"), ("direct", "direct"), ("merged_around", "merge without one")),
    ),
    Counted(
        "records-plot",
        "What was known then",
        (("recorded", "recorded"), ("recorded_by_number", "by number only"), ("not_recorded", "not recorded")),
        only_with="recorded",
    ),
    Counted(
        "signatures-plot",
        "Signatures of promoted versions, as recorded then",
        (("verified_then", "verified"), ("words_then", "recorded")),
        only_with="words_then",
    ),
    Counted(
        "critical-plot",
        "Critical vulnerabilities of promoted versions, as recorded then",
        (("critical_then", "with some"), ("counted_then", "counted")),
        only_with="counted_then",
    ),
    Counted(
        "today-plot",
        "Promoted versions, as proved today",
        (("verified_today", "verified"), ("asked_today", "asked")),
        only_with="asked_today",
    ),
)
_SIGNED: Final = Counted("signed-plot", "Commits", (("signed", "with a signature"), ("unsigned", "without")))


def html_report(controls: Sequence[Control], scope: Scope, stream: Stream) -> Iterator[str]:
    """Write the page. The stream is read once; the newest rows are held, up to a bound that the page names."""
    tally = Tally.of(stream)
    parts = (
        *(_head, _summary, _posture, _policies, _promotions, _exceptions, _around, _signatures),
        partial(_controls, controls),
        _gaps,
    )
    for part in parts:
        yield part(scope, tally)
    yield f"<footer><p>Made by Assay at {marks.minute(scope.asked_at)}.</p></footer>\n</main>\n</body>\n</html>\n"


def _head(scope: Scope, tally: Tally) -> str:
    title = f"History of {text(scope.repository)}"
    links = "".join(f'<li><a href="#{name}">{words}</a></li>' for name, words in _SECTIONS)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(_POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<header>\n<h1>{title}</h1>\n{_about(scope, tally)}"
        f'<nav aria-label="Sections"><ul>{links}</ul></nav>\n</header>\n'
        f"{_banner(scope, tally)}"
    )


def _about(scope: Scope, tally: Tally) -> str:
    span = (
        "no event"
        if tally.first is None or tally.last is None
        else f"{marks.day(tally.first)} to {marks.day(tally.last)}"
    )
    tip = f", tip {code(scope.tip[:12])}" if scope.tip else ""
    facts = [
        ("Range", f"{code(scope.revisions)}{tip}"),
        ("Events", f"{tally.events:,}, {span}"),
        *(("Only", text(one)) for one in scope.filters),
        ("Asked at", marks.minute(scope.asked_at)),
    ]
    return f'<dl class="about">{"".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts)}</dl>\n'


def _banner(scope: Scope, tally: Tally) -> str:
    said = "".join(f"<p>{html.escape(one)}</p>" for one in limits(scope))
    gaps = ""
    if tally.gap_count:
        sentence = f"{counted(tally.gap_count, 'place')} could not be read, so this report is incomplete."
        gaps = (
            f'<div class="banner bad" role="note"><p><strong>{sentence}</strong> <a href="#gaps">Which</a></p></div>\n'
        )
    return f'{gaps}<div class="banner" role="note">{said}</div>\n'


def _summary(scope: Scope, tally: Tally) -> str:
    hidden = _ONLY_WHEN_FOUND | (frozenset() if scope.records else _OF_RECORDS)
    shown = [key for key in _TILES if tally.counts[key] or key not in hidden]
    tiles = "".join(_tile(key, tally.counts[key]) for key in shown)
    return section("summary", "In numbers", f'<ul class="tiles">{tiles}</ul>\n')


def _tile(key: str, number: int) -> str:
    kind = "none" if not number else "bad" if key in _ALARMS else ""
    return f'<li class="{kind}"><strong>{number:,}</strong><span>{html.escape(FACTS[key].words)}</span></li>'


def _posture(_scope: Scope, tally: Tally) -> str:
    drawn = figures(tally, _POSTURE) or note("No event, nothing to draw.")
    return section("posture", "Posture over time", note("By month of the commit."), drawn)


def _policies(_scope: Scope, tally: Tally) -> str:
    parts = [_listed(tally.policies, "policy changes", tables.policies) or note("No policy got weaker or stronger.")]
    for kept, title in ((tally.neutral, "Without effect"), (tally.governance, "What governs the repository")):
        listed = _listed(kept, "changes", tables.policies)
        parts.append(fold(f"{title}: {kept.total:,}", listed) if listed else "")
    return section("policies", "Policies, and what each change did", *parts)


def _listed(kept: Kept, what: str, rows: Callable[[Iterable[Event]], str]) -> str:
    """Show what is kept of one kind, year by year where it is much, and say what is left out."""
    if not kept.total:
        return ""
    events = tables.newest(kept.events)
    if len(events) <= _AT_ONCE:
        return left_out(kept.left_out, what) + rows(events)
    years = groupby(events, key=lambda one: marks.day(one.facts.committed_at)[:4])
    folds = [
        fold(f"{year}: {len(some):,}", rows(some), is_open=place == 0)
        for place, (year, some) in enumerate((year, list(group)) for year, group in years)
    ]
    return left_out(kept.left_out, what) + "".join(folds)


def _promotions(scope: Scope, tally: Tally) -> str:
    kept = tally.promotions
    months = "".join(tables.by_month(kept.events, scope)) or note("No image changed.")
    return section("promotions", "Images, month by month", left_out(kept.left_out, "image changes"), months)


def _exceptions(_scope: Scope, tally: Tally) -> str:
    listed = _listed(tally.exceptions, "changes of exceptions and waivers", tables.policies)
    return section("exceptions", "Exceptions and waivers", listed or note("No exception and no waiver changed."))


def _around(_scope: Scope, tally: Tally) -> str:
    first = note("As far as git tells: a squash or rebase that names no pull request looks like a direct push.")
    listed = _listed(tally.around, "commits", tables.commits)
    against = _listed(tally.overridden, "commits", tables.commits)
    parts = [first, listed or note("Every commit with events came by a pull request.")]
    parts += ["<h3>Merged around what the record asked for</h3>\n", against] if against else []
    return section("around", "Around pull requests", *parts)


def _signatures(_scope: Scope, tally: Tally) -> str:
    rows = [row(text(form), f"{number:,}") for form, number in sorted(tally.forms.items())]
    said = note(
        "The form of the signature that a commit carries. That it is right, and whose it is, is not proved here."
    )
    forms = table(["Form", "Commits"], rows) if rows else ""
    return section("signatures", "Signatures on commits", said, forms, figures(tally, [_SIGNED]))


def _controls(controls: Sequence[Control], _scope: Scope, tally: Tally) -> str:
    said = note(
        "Evidence for a control is not compliance with it. A number under “speaks against” is where to look first."
    )
    parts = [said]
    for catalogue, group in groupby(controls, key=lambda one: one.catalogue):
        header = ["Control", "In our words", "Evidence found", "Speaks against", "Not shown here"]
        parts += [f"<h3>{text(catalogue)}</h3>\n", table(header, (_control(one, tally) for one in group), "mapping")]
    return section("controls", "Controls", *parts)


def _control(control: Control, tally: Tally) -> str:
    found = [key for key in control.evidence if tally.counts[key]]
    against = [key for key in control.against if tally.counts[key]]
    return row(
        f"<strong>{text(control.id)}</strong>",
        text(control.title),
        bullets(_counted(key, tally) for key in found) if found else "none",
        bullets(f"<strong>{_counted(key, tally)}</strong>" for key in against) if against else "nothing found",
        bullets(text(one, 400) for one in control.missing(tally.counts)),
    )


def _counted(key: str, tally: Tally) -> str:
    return f"{html.escape(FACTS[key].words)}: {tally.counts[key]:,}"


def _gaps(_scope: Scope, tally: Tally) -> str:
    if not tally.gap_count:
        return section("gaps", "Gaps", note("Everything in the range was read."))
    said = note(f"{counted(tally.gap_count, 'place')} could not be read: what changed there is not in this report.")
    more = tally.gap_count - len(tally.gaps)
    rest = note(f"And {more:,} more.") if more else ""
    return section("gaps", "Gaps", said, bullets(text(gap_line(one), 300) for one in tally.gaps), rest)
