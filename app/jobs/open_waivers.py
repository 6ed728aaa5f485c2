"""The waivers that lie at a commit: which of them hold now, until when, and what is wrong with others."""

from __future__ import annotations

from dataclasses import dataclass

from app.jobs.policy_texts import read_waivers
from app.jobs.ports import Clock, Source
from app.policy import PATH, Policy
from app.policy.waivers import Waiver, read_files


@dataclass(frozen=True, slots=True)
class OpenWaivers:
    """Waivers at the tip of a branch. `idle` hold no more, not yet, or never, each with the reason as a clause.

    `allowed` is false where the policy allows none, so that none was read; `faults` are sentences.
    """

    branch: str
    holding: tuple[Waiver, ...] = ()
    idle: tuple[tuple[Waiver, str], ...] = ()
    faults: tuple[str, ...] = ()
    allowed: bool = True


def open_waivers(source: Source, place: tuple[str, str], clock: Clock) -> OpenWaivers:
    """Read the waivers at a place, given as branch and commit; raises `Unavailable`."""
    branch, commit = place
    file = source.read(commit, (PATH,)).get(PATH)
    text = None if file is None else file.text
    terms = Policy.heeds(text)
    if terms.allow is False:
        return OpenWaivers(branch, allowed=False)
    found, errors = read_files(read_waivers(source, commit, text))
    now = clock()
    idle = tuple((one, why) for one in found if (why := one.idle(now, terms.max_days)))
    resting = {id(one) for one, _ in idle}
    holding = tuple(sorted((one for one in found if id(one) not in resting), key=lambda one: (one.ends, one.path)))
    return OpenWaivers(branch, holding, idle, tuple(str(error) for error in errors))
