"""How people read an event: short texts that Markdown and HTML both show, each still to be escaped by its format."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, assert_never

from app.core.history import Event, ImageUpdate, Joined, PolicyChange, Recorded
from app.core.inventory import ImageChange, ImageVersion
from app.core.policy_edit import named
from app.render.history.facts import by_number_only, critical_then, word_then
from app.render.plain import visible

NOT_KNOWN: Final = "not known"
NOT_RECORDED: Final = "not recorded"
NONE_COUNTED: Final = "none in the record that counted"
UNASKED: Final = "(no rule asked)"
_MOST: Final = 5
_WEB: Final = "GitHub"
"""Whom GitHub names as the committer of what it commits itself."""


def utc(moment: datetime) -> datetime:
    """Return a moment in UTC; one at the very end of the calendar, where that is another year, as it is written."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return moment.replace(tzinfo=UTC)


def month(moment: datetime) -> str:
    """Write a month, in UTC."""
    return day(moment)[:7]


def day(moment: datetime) -> str:
    """Write a day, in UTC."""
    return utc(moment).date().isoformat()


def minute(moment: datetime) -> str:
    """Write a moment to the minute, in UTC."""
    return f"{utc(moment).replace(tzinfo=None).isoformat(' ', 'minutes')} UTC"


def short(event: Event) -> str:
    """Return the beginning of a commit's id; hidden characters of an id that is none are written out."""
    return visible(event.facts.commit[:12])


def image_of(change: ImageChange) -> str:
    """Name the image of a change; what has no name is named by the file in which it stands."""
    if change.name is not None:
        return str(change.name)
    return f"an image of {change.uses[0].path}" if change.uses else "an image"


def version(one: ImageVersion | None) -> str:
    """Write a version: tag, and the digest's beginning; a side that is not there says so."""
    if one is None:
        return "none"
    digest = "" if one.digest is None else one.digest.short
    return f"{one.tag} @ {digest}" if one.tag and digest else one.tag or digest or "latest"


def where(change: ImageChange) -> str:
    """Name the file of a change, and how many more there are."""
    paths = list(dict.fromkeys(use.path for use in change.uses))
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return f"{paths[0]}{more}" if paths else ""


def policy_of(what: PolicyChange) -> str:
    """Name what a policy change is about."""
    return named(what.edits[0]) if what.edits else what.path


def what_of(event: Event) -> str:
    """Name what an event is about, in a few words."""
    match event.what:
        case ImageUpdate(change):
            return f"{image_of(change)}: {version(change.before)} → {version(change.after)}"
        case PolicyChange():
            return f"{policy_of(event.what)}: {event.what.effect.value}"
        case _:
            assert_never(event.what)


def people(event: Event) -> str:
    """Name the author of a commit, and who else wrote what it brought."""
    author = event.facts.author.name
    others = {one.name for one in event.facts.writers} - {author, _WEB}
    names = sorted(others)
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"{author}; wrote it: {', '.join(names[:_MOST])}{more}" if names else author


def arrival(event: Event) -> str:
    """Say how a commit arrived, with the pull request's number."""
    number = event.facts.pull_request
    return event.facts.arrival.value if number is None else f"{event.facts.arrival.value} #{number}"


def signed(event: Event) -> str:
    """Say which form of signature a commit carries; that it is right is not said."""
    return "no signature" if event.facts.signed is None else f"{event.facts.signed.value} signature"


def approvals(event: Event) -> str:
    """Say whose reviews counted, else who approved unasked; that nobody knows is not that there were none."""
    if event.approvals is None:
        return NOT_KNOWN
    counted = [one.login for one in event.approvals if one.counted]
    unasked = [one.login for one in event.approvals if one.independent]
    said = _names(counted) or (f"{_names(unasked)} {UNASKED}" if unasked else NONE_COUNTED)
    return f"{said} (by {Joined.NUMBER.value})" if by_number_only(event) else said


def _names(logins: Sequence[str]) -> str:
    more = f" and {len(logins) - _MOST} more" if len(logins) > _MOST else ""
    return f"{', '.join(logins[:_MOST])}{more}"


def recorded(event: Event) -> str:
    """Say what a record of then says, and how it was joined when that is weak."""
    if event.recorded is None:
        return NOT_RECORDED
    return f"{event.recorded.verdict} (by {Joined.NUMBER.value})" if by_number_only(event) else event.recorded.verdict


def known_then(event: Event, recorded: Recorded) -> tuple[str, ...]:
    """Say what else an event's record tells: the word for the signature, vulnerabilities, which policy judged."""
    word, critical = word_then(event), critical_then(event)
    return (
        *((f"signature: {word}",) if word else ()),
        *((f"critical vulnerabilities: {critical:g}",) if critical is not None else ()),
        *((f"policy at {recorded.policy_commit[:12]}",) if recorded.policy_commit else ()),
    )


def today(event: Event) -> str:
    """Say what the registry proves today; empty when it was not asked."""
    return "" if event.evidence_today is None else event.evidence_today.signature
