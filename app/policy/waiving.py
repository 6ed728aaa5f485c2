"""The waivers of a policy put together with what floor and own file allow, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from app.core.errors import PolicyError
from app.core.verdict import Finding, Outcome
from app.policy.document import Document
from app.policy.files import PolicyFiles
from app.policy.waivers import SOON, Waivers, earliest, read_files


def waivers_of(
    files: PolicyFiles, own: Document | None, floor: Document | None
) -> tuple[Waivers, tuple[PolicyError, ...]]:
    """Read the waivers, and say what is wrong with their files.

    The floor's rules are waived only where it says so; the shorter `max-days` counts.
    """
    known, errors = read_files(files.waivers)
    days = [one.waivers.max_days for one in (own, floor) if one is not None and one.waivers.max_days is not None]
    return (
        Waivers(
            known,
            own=own is not None and own.waivers.allow is not False,
            floor=floor is not None and floor.waivers.allow is True,
            max_days=min(days, default=None),
        ),
        errors,
    )


def fault_finding(error: PolicyError) -> Finding:
    """Say what is wrong with a waiver file of the base branch; it waives nothing, so nothing else depends on it."""
    remedy = "Correct the waiver, or delete it."
    return Finding(Outcome.OK, error.path, "waiver file", f"{error}: it waives nothing", remedy)


def notices(findings: Iterable[Finding], at: datetime) -> tuple[str, ...]:
    """Name the waivers that are used and end soon, and the waiver files with faults."""
    known = tuple(findings)
    used = sorted({waived for finding in known for waived in finding.waived if waived.ends - at <= SOON})
    ending = [f"the waiver {one.path} ({one.owner}) ends on {one.until}, and is used here" for one in used]
    wrong = [finding.sentence for finding in known if finding.rule == "waiver file"]
    return (*ending, *wrong)


def recheck_at(findings: Iterable[Finding]) -> datetime | None:
    """Return when the verdict may next change by itself: a waiver begins or ends, or a limit of age is reached."""
    return earliest(finding.until for finding in findings)
