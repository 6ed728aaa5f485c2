"""The report in short: five questions that are asked of it, and the numbers."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Final

from app.render.history import marks
from app.render.history.facts import FACTS
from app.render.history.html.markup import section
from app.render.history.html.page import Page, newest_commits
from app.render.plain import counted

_TILES: Final = (
    *("promotions", "pinned", "policy_changes", "weaker", "cannot_tell", "governance_changes", "exceptions"),
    *("commits", "by_pull_request", "direct", "merged_around", "signed", "approved"),
    *(
        "approved_unasked",
        "unapproved",
        "approvals_unknown",
        "recorded",
        "overridden",
        "waived",
        "verified_then",
        "critical_then",
        "verified_today",
    ),
)
_OF: Final = {
    "pinned": ("pinned", "unpinned"),
    "by_pull_request": ("commits",),
    "signed": ("commits",),
    "recorded": ("commits",),
    "approved": ("commits",),
    "approved_unasked": ("commits",),
    "approvals_unknown": ("commits",),
    "verified_then": ("words_then",),
    "critical_then": ("counted_then",),
    "verified_today": ("asked_today",),
}
"""Of how many: a number alone says little."""

_ALARMS: Final = frozenset({"weaker", "direct", "merged_around", "unapproved", "overridden", "critical_then"})
_ONLY_WHEN_FOUND: Final = frozenset(
    {"overridden", "waived", "critical_then", "merged_around", "unapproved", "approved_unasked"}
)
_ONLY_WITH: Final = {"verified_then": "words_then", "verified_today": "asked_today", "critical_then": "counted_then"}
_OF_RECORDS: Final = frozenset({"approved", "recorded"})
"""Without records nobody knows them: a zero would look like an answer."""

_NAMED: Final = 5


def in_short(page: Page) -> str:
    """Answer what is asked first, each with where it stands."""
    answers = "".join(f"<dt>{question}</dt><dd>{answer}</dd>" for question, answer in _answers(page))
    return section("short", "In short", f'<dl class="answers">{answers}</dl>\n')


def numbers(page: Page) -> str:
    """Make the tiles."""
    hidden = _ONLY_WHEN_FOUND if page.records else _ONLY_WHEN_FOUND | _OF_RECORDS
    counts = page.tally.counts
    shown = [
        key for key in _TILES if counts[key] or (counts[_ONLY_WITH[key]] if key in _ONLY_WITH else key not in hidden)
    ]
    return section("summary", "In numbers", f'<ul class="tiles">{"".join(_tile(page, key) for key in shown)}</ul>\n')


def _tile(page: Page, key: str) -> str:
    counts = page.tally.counts
    number = counts[key]
    kind = "none" if not number else "bad" if key in _ALARMS else ""
    whole = f" <small>of {sum(counts[one] for one in _OF[key]):,}</small>" if key in _OF else ""
    return f'<li class="{kind}"><strong>{number:,}{whole}</strong><span>{html.escape(FACTS[key].words)}</span></li>'


def _answers(page: Page) -> Iterator[tuple[str, str]]:
    yield "Was everything read?", _whole(page)
    yield "What reached the branch around review?", _around(page)
    yield "What got weaker, and was it put back?", _weaker(page)
    yield "Which exceptions are open?", _exceptions(page)
    yield "What was known when an image was promoted, and who approved it?", _known(page)


def _whole(page: Page) -> str:
    tally = page.tally
    events = f"{tally.events:,} {'event' if tally.events == 1 else 'events'} of {_commits(tally.counts['commits'])}"
    came = ""
    if tally.unseen_count:
        changes = counted(tally.unseen_count, "change")
        came = f' Which images came with <a href="#elsewhere">{changes} of what lies elsewhere</a> cannot be seen.'
    if not tally.gap_count:
        return f"Yes: {events}, and no gap.{came}"
    return f'No: {events}, and <a href="#gaps">{counted(tally.gap_count, "place")} that could not be read</a>.{came}'


def _around(page: Page) -> str:
    counts = page.tally.counts
    keys = ("direct", "merged_around", "overridden", "unapproved")
    found = [f"{FACTS[key].words}: {counts[key]:,}" for key in keys if counts[key]]
    known = f'<a href="#around">{"; ".join(found).capitalize()}</a>.' if found else "Nothing, as far as git tells."
    unknown = counts["approvals_unknown"]
    return f"{known} Of {_commits(unknown)} approvals are not known." if unknown else known


def _weaker(page: Page) -> str:
    weakened = [("p", one) for one in page.policies.events if page.returns.weakens(one)]
    governing = [("g", one) for one in page.tally.governance.events if page.returns.weakens(one)]
    unclear = page.tally.counts["cannot_tell"]
    rest = f" Of {unclear:,} more it cannot be told." if unclear else ""
    if not weakened and not governing:
        return f"None of which it can be told.{rest}"
    left = [(place, one) for place, one in (*weakened, *governing) if page.returns.closed(one) is None]
    done = len(weakened) + len(governing) - len(left)
    changes = f"{counted(len(weakened), 'change')} to policies, {len(governing):,} to what governs the repository"
    again = sum(page.returns.again(one) is not None for _, one in left)
    unsure = f" ({again:,} of those took a policy away that came again, perhaps not as strong)" if again else ""
    said = f"{changes}: {done:,} put back or made good, {len(left):,} not{unsure}.{rest}"
    said += " Older ones are counted and not followed." if page.tally.weaker.left_out else ""
    named = newest_commits(page, sorted(left, key=lambda pair: pair[1].facts.committed_at), _NAMED)
    return f"{said} The newest that were not: {', '.join(named)}." if named else said


def _exceptions(page: Page) -> str:
    at = page.scope.until
    still = [one for one in page.spans if one.over(at) is None]
    if not page.spans:
        return "None changed in this range; those that stood before it are not looked at here (--at lists them)."
    known = [days for days in (one.days(at) for one in still) if days is not None]
    longest = f", the longest for {counted(max(known), 'day')}" if known else ""
    older = f", {len(still) - len(known):,} from before this range" if len(still) > len(known) else ""
    said = f'<a href="#exceptions">{len(still):,} of {counted(len(page.spans), "that changed", "that changed")}</a>'
    return f"{said} {'is' if len(still) == 1 else 'are'} open on {marks.day(at)}{longest}{older}."


def _known(page: Page) -> str:
    since, counts = page.tally.recorded_since, page.tally.counts
    if since is None:
        given = "no record was found" if page.records else "no records of the app were given"
        return f"Not known: {given}. Everything is reconstructed from git."
    said = f"Recorded for {_commits(counts['recorded'])} since {marks.day(since)}, beside each in the tables."
    missing = page.tally.unrecorded.total
    gap = f' Since then <a href="#around">{_commits(missing)} came without one</a>.' if missing else ""
    return f"{said}{gap} Before that, nothing: reconstructed from git."


def _commits(number: int) -> str:
    return f"{number:,} {'commit' if number == 1 else 'commits'}"
