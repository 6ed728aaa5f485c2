"""Whether an installation is right: each thing that it needs, looked at from here, with what to do where it is not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

from app.core.attestation import RootState
from app.core.diagnosis import AppSeen, Asked, Diagnosis, Health, HookSeen, InstallationSeen
from app.core.errors import Error
from app.core.gate import BranchRules, Gate, Wired
from app.core.sweep import RepositoryRef, Undelivered
from app.jobs.ports import Clock
from app.render.status import contexts

FINE, LOOK, WRONG, UNKNOWN = Health.FINE, Health.LOOK, Health.WRONG, Health.UNKNOWN

MAX_REPOSITORIES: Final = 200
"""Repositories whose gate is looked at, over all installations."""

_SKEW: Final = 30.0
_KEPT: Final = timedelta(days=3)
_OLD_ROOT: Final = timedelta(days=14)
_PATH: Final = "/webhook"
_WRITES: Final = {"contents": "write"}

Check = Callable[[], Iterable[Diagnosis]]


class Checkup(Protocol):
    """What GitHub says of the App; every method raises `Unavailable`."""

    def registration(self) -> AppSeen:
        """Return the App as it is registered."""
        ...

    def hook(self) -> HookSeen:
        """Return where deliveries go."""
        ...

    def installations(self) -> Sequence[InstallationSeen]:
        """Return its installations."""
        ...

    def rules(self, repository: RepositoryRef, branch: str, wanted: Iterable[str]) -> BranchRules:
        """Return what is required before a merge into a branch."""
        ...


class Deliveries(Protocol):
    """What the App is installed on, and what did not arrive; every method raises `Unavailable`."""

    def undelivered(self, since: datetime) -> Sequence[Undelivered]:
        """Return deliveries that failed since then and never arrived."""
        ...

    def repositories(self, installation: int) -> Sequence[RepositoryRef]:
        """Return the repositories that an installation covers."""
        ...

    def judged_branch(self, repository: RepositoryRef) -> tuple[str, str] | None:
        """Return the default branch and its tip where that holds a policy file."""
        ...


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of the App: its id, what it asks for (`app.yml`), and where it is reached, if that is set.

    `floor`: the operator has one, by which every repository is judged. `writing` are the owners, in lower case, in
    whose repositories evidence files are proposed, which takes more than `asked`.
    """

    app_id: int
    asked: Asked
    public_url: str | None
    floor: bool = False
    writing: frozenset[str] = frozenset()

    def of(self, owner: str | None = None) -> Asked:
        """Return what is expected of an owner's installation; of the App itself where none is named."""
        writes = bool(self.writing) if owner is None else owner.lower() in self.writing
        return Asked({**self.asked.permissions, **_WRITES}, self.asked.events) if writes else self.asked


def examine(checks: Iterable[tuple[str, Check]]) -> Iterator[Diagnosis]:
    """Do each check, given with the area that it speaks of; one that cannot be done is told, not passed over."""
    for area, check in checks:
        try:
            yield from check()
        except Error as error:
            yield Diagnosis(area, area, UNKNOWN, str(error))
        except OSError as error:
            yield Diagnosis(area, area, UNKNOWN, f"{error.filename or 'a file'}: {error.strerror}")


@dataclass(frozen=True, slots=True)
class GitHubDoctor:
    """Looks at the App, its webhook, its installations and the gates of their repositories."""

    checkup: Checkup
    deliveries: Deliveries
    clock: Clock
    expected: Expected

    def checks(self) -> tuple[tuple[str, Check], ...]:
        """Return what is to be looked at, each with its area."""
        return (
            ("GitHub App", self.registration),
            ("webhook", self.hook),
            ("deliveries", self.arrived),
            ("installations", self.installations),
            ("gates", self.gates),
        )

    def registration(self) -> Iterator[Diagnosis]:
        """Hold the App against `app.yml`, and our clock against GitHub's."""
        area, seen = "GitHub App", self.checkup.registration()
        if seen.id != self.expected.app_id:
            yield Diagnosis(area, "identity", WRONG, f"GitHub knows the key as App {seen.id}.", "Correct ASSAY_APP_ID.")
        else:
            yield Diagnosis(area, "identity", FINE, f"App {seen.id}, {seen.slug}")
        yield _clock(area, seen.skew)
        page = "Correct them on the App's settings page, Permissions & events; each owner is asked to accept."
        yield from _held(area, self.expected.of(), seen.asked, page)

    def hook(self) -> Iterator[Diagnosis]:
        """Look at where GitHub delivers to."""
        area, seen = "webhook", self.checkup.hook()
        where = "On the App's settings page, General:"
        url, shown = self.expected.public_url, _bare(seen.url)
        if not seen.url:
            yield Diagnosis(area, "address", WRONG, "no address is set", f"{where} set the webhook's URL.")
        elif not seen.url.endswith(_PATH):
            yield Diagnosis(area, "address", WRONG, f"{shown} does not end in {_PATH}", f"{where} correct its URL.")
        elif url is not None and seen.url != url + _PATH:
            yield Diagnosis(
                area, "address", LOOK, f"{shown}, while ASSAY_PUBLIC_URL is {url}", f"{where} compare them."
            )
        else:
            yield Diagnosis(area, "address", FINE, shown)
        wrong = (
            (not seen.json, "content type", "deliveries are no JSON", "choose application/json."),
            (not seen.secret, "secret", "deliveries are not signed", "set the webhook secret that Assay has."),
            (not seen.verified_tls, "TLS", "GitHub does not verify the server", "turn SSL verification on."),
        )
        for holds, what, sentence, remedy in wrong:
            good = Diagnosis(area, what, FINE, "as it should be")
            yield Diagnosis(area, what, WRONG, sentence, f"{where} {remedy}") if holds else good

    def arrived(self) -> Iterator[Diagnosis]:
        """Say how many deliveries of the last three days never arrived."""
        area, missed = "deliveries", self.deliveries.undelivered(self.clock() - _KEPT)
        if missed:
            count = f"{len(missed)} of the last three days failed and never arrived"
            yield Diagnosis(area, "arrival", LOOK, count, "The next sweep asks for them again; if not, see its log.")
        else:
            yield Diagnosis(area, "arrival", FINE, "all of the last three days arrived")

    def installations(self) -> Iterator[Diagnosis]:
        """Look at what each owner granted."""
        area, found = "installations", self.checkup.installations()
        if not found:
            yield Diagnosis(
                area, "any", WRONG, "the App is installed nowhere", "Install it on the repositories to judge."
            )
        for one in found:
            if one.suspended:
                yield Diagnosis(
                    area, one.account, LOOK, "suspended: nothing is judged there", "Its owner can unsuspend it."
                )
                continue
            lacking = self.expected.of(one.account).lacking(one.given)
            if lacking:
                remedy = f"An owner of {one.account} must accept the new permissions (settings, GitHub Apps)."
                yield Diagnosis(area, one.account, WRONG, f"not granted: {', '.join(lacking)}", remedy)
            else:
                where = "all repositories" if one.whole else "selected repositories"
                yield Diagnosis(area, one.account, FINE, f"installed on {where}, with all that is asked for")

    def gates(self) -> Iterator[Diagnosis]:
        """Say for each repository that has a policy whether the merge waits for it."""
        area, looked_at = "gates", 0
        for installation in self.checkup.installations():
            if installation.suspended:
                continue
            for repository in self.deliveries.repositories(installation.id):
                if looked_at >= MAX_REPOSITORIES:
                    yield Diagnosis(
                        area, "others", UNKNOWN, f"only the first {MAX_REPOSITORIES} repositories were looked at"
                    )
                    return
                looked_at += 1
                yield from examine([(area, partial(self._gate, repository))])

    def _gate(self, repository: RepositoryRef) -> Iterator[Diagnosis]:
        found = self.deliveries.judged_branch(repository)
        if found is None:
            yield self._without_policy(str(repository))
            return
        branch, _ = found
        wanted = contexts(branch)
        gate = Gate.of(self.checkup.rules(repository, branch, wanted), wanted)
        yield _wired(f"{repository}, {branch}", gate)

    def _without_policy(self, repository: str) -> Diagnosis:
        if not self.expected.floor:
            said = "no policy on the default branch: nothing is judged there, unless by a floor of its owner"
            return Diagnosis("gates", repository, FINE, said)
        said = "only floors are judged there, no policy of its own: whether the merge waits was not looked at"
        return Diagnosis("gates", repository, LOOK, said, "Add a policy, and require both statuses on its branch.")


def roots(states: Iterable[RootState]) -> Iterator[Diagnosis]:
    """Look at the trusted roots that are in use."""
    for state in states:
        if state.warning:
            remedy = "See docs/operations.md, Trusted roots."
            yield Diagnosis("trusted roots", state.name, LOOK, state.warning, remedy)
        elif state.age is not None and state.age > _OLD_ROOT:
            yield Diagnosis("trusted roots", state.name, LOOK, f"refreshed {state.age.days} days ago")
        else:
            version = "as it came" if state.version is None else f"version {state.version}"
            yield Diagnosis("trusted roots", state.name, FINE, version)


def _bare(url: str) -> str:
    """Leave out of an address what may be a secret: a password, and what follows the path."""
    return re.sub(r"//[^/?#]*@", "//…@", re.sub(r"(?<=[?#]).+", "…", url))


def _clock(area: str, skew: float) -> Diagnosis:
    if abs(skew) <= _SKEW:
        return Diagnosis(area, "clock", FINE, "agrees with GitHub's")
    side = "behind" if skew > 0 else "ahead of"
    return Diagnosis(area, "clock", WRONG, f"is {abs(skew):.0f} s {side} GitHub's", "Let the machine keep time (NTP).")


def _held(area: str, asked: Asked, given: Asked, remedy: str) -> Iterator[Diagnosis]:
    lacking, beyond = asked.lacking(given), asked.beyond(given)
    if lacking:
        yield Diagnosis(area, "permissions and events", WRONG, f"missing: {', '.join(lacking)}", remedy)
    else:
        yield Diagnosis(area, "permissions and events", FINE, "as in app.yml")
    if beyond:
        said = f"more than is needed: {', '.join(beyond)}"
        yield Diagnosis(area, "permissions beyond", LOOK, said, "Take back what you did not grant on purpose.")


def _wired(what: str, gate: Gate) -> Diagnosis:
    unwired = [(context, wired) for context, wired in gate.contexts if wired is not Wired.OURS]
    if not unwired:
        return Diagnosis("gates", what, FINE, "both statuses are required, from this App")
    said = "; ".join(f"{context} is {wired.value}" for context, wired in unwired)
    unknown = all(wired in {Wired.UNKNOWN, Wired.NOT_SHOWN} for _, wired in unwired)
    remedy = "Require both in the branch's ruleset, with this App as the expected source."
    return Diagnosis("gates", what, UNKNOWN if unknown else WRONG, said, remedy)
