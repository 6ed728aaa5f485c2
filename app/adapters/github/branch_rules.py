"""What is required before a merge into a branch: the rules of rulesets, and what classic protection shows to everybody.

1. Rulesets, with the App that each status must come from. They are shown to whoever may read the repository.
2. Who may bypass the ruleset that requires our statuses: of it GitHub shows to an App without administration only
   whether the App itself may.
3. Where these do not name what is asked for: classic protection, of which GitHub shows the names of statuses to all,
   and the App they must come from to administrators alone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from app.adapters.github.client import Client
from app.adapters.github.connection import Connection
from app.adapters.github.operations import LOOK, RULES, RULESET
from app.adapters.github.queries import CLASSIC_RULES
from app.adapters.github.reading import repository
from app.adapters.github.shapes import dig, flag, rows, whole, words
from app.core.errors import Unavailable
from app.core.gate import ANYBODY, BranchRules, Bypass, RequiredStatus, ReviewRules
from app.core.pull_request import PullRequestRef

KEPT_SECONDS = 600.0
MAX_KEPT = 1_000
_PAGE = 100


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Reads the rules of branches; they are kept for ten minutes, also that they could not be read."""

    connection: Connection
    app_id: int
    kept: dict[tuple[int, str], tuple[float, BranchRules]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, client: Client, ref: PullRequestRef, place: tuple[str, Iterable[str]]) -> BranchRules:
        """Return the rules of a branch, given with the contexts that matter; never raises: no verdict hangs on it."""
        base_ref, contexts = place
        key = (ref.repository_id, base_ref)
        with self.lock:
            entry = self.kept.get(key)
        if entry is not None and entry[0] > self.connection.now():
            return entry[1]
        rules = self._read(client, ref, (base_ref, frozenset(one.lower() for one in contexts)))
        with self.lock:
            if len(self.kept) > MAX_KEPT:
                self.kept.clear()
            self.kept[key] = (self.connection.now() + KEPT_SECONDS, rules)
        return rules

    def _read(self, client: Client, ref: PullRequestRef, place: tuple[str, frozenset[str]]) -> BranchRules:
        base_ref, contexts = place
        found: tuple[RequiredStatus, ...] = ()
        reviews, bypass = None, Bypass()
        try:
            rules = _of_rulesets(client, ref, base_ref)
            found, reviews = tuple(_statuses(rules)), _reviews(rules)
            bypass = _bypass(client, ref, _requiring(rules, contexts))
            if not contexts <= {one.context.lower() for one in found}:
                found += _of_classic_protection(client, ref, base_ref)
        except Unavailable as failure:
            return BranchRules(found, self.app_id, failure.sentence, reviews, bypass)
        return BranchRules(found, self.app_id, reviews=reviews, bypass=bypass)


def _of_rulesets(client: Client, ref: PullRequestRef, base_ref: str) -> tuple[object, ...]:
    call = RULES.at(owner=ref.owner, repo=ref.name, branch=base_ref).asking(per_page=_PAGE)
    listed = client.send(call).json()
    if not isinstance(listed, list):
        raise Unavailable("GitHub's list of rules is none.")
    return rows({"rules": listed}, "rules")


def _of_type(rules: Iterable[object], kind: str) -> Iterator[object]:
    return (rule for rule in rules if words(rule, "type") == kind)


def _statuses(rules: Iterable[object]) -> Iterator[RequiredStatus]:
    for rule in _of_type(rules, "required_status_checks"):
        for check in rows(rule, "parameters", "required_status_checks"):
            context = words(check, "context")
            if context is not None:
                yield RequiredStatus(context, whole(check, "integration_id") or ANYBODY)


def _reviews(rules: Iterable[object]) -> ReviewRules | None:
    """Return what all rules about reviews ask for together; `None` when there is none."""
    asking = [dig(rule, "parameters") for rule in _of_type(rules, "pull_request")]
    if not asking:
        return None
    return ReviewRules(
        max(whole(one, "required_approving_review_count") or 0 for one in asking),
        any(flag(one, "dismiss_stale_reviews_on_push") is True for one in asking),
        any(flag(one, "require_last_push_approval") is True for one in asking),
    )


def _requiring(rules: Iterable[object], contexts: frozenset[str]) -> int | None:
    """Return the id of the first ruleset that requires one of the contexts; `None` when none does."""
    for rule in _of_type(rules, "required_status_checks"):
        checks = rows(rule, "parameters", "required_status_checks")
        if any((words(check, "context") or "").lower() in contexts for check in checks):
            return whole(rule, "ruleset_id")
    return None


def _bypass(client: Client, ref: PullRequestRef, ruleset: int | None) -> Bypass:
    """Ask who may bypass a ruleset; what cannot be had is not known, and hides nothing else."""
    if ruleset is None:
        return Bypass()
    try:
        found = client.send(RULESET.at(owner=ref.owner, repo=ref.name, ruleset_id=str(ruleset))).json()
    except Unavailable:
        return Bypass()
    own = words(found, "current_user_can_bypass")
    shown = isinstance(dig(found, "bypass_actors"), list)
    actors = tuple(sorted({_named(actor) for actor in rows(found, "bypass_actors")})) if shown else None
    return Bypass(actors, None if own is None else own != "never")


_ROLES = {2: "everybody with the role maintain", 4: "everybody with the role write", 5: "everybody with the role admin"}
_ACTORS = {"OrganizationAdmin": "the owners of the organisation", "DeployKey": "every deploy key"}
_NUMBERED = {"Integration": "the App", "Team": "the team", "User": "the user", "RepositoryRole": "the role"}


def _named(actor: object) -> str:
    """Name who may bypass; GitHub tells a number, which only an administrator can look up."""
    kind, number = words(actor, "actor_type") or "", whole(actor, "actor_id")
    if kind == "RepositoryRole" and number in _ROLES:
        return _ROLES[number]
    return _ACTORS.get(kind) or f"{_NUMBERED.get(kind, 'somebody')} number {number}"


def _of_classic_protection(client: Client, ref: PullRequestRef, base_ref: str) -> tuple[RequiredStatus, ...]:
    names = {"owner": ref.owner, "name": ref.name, "branch": f"refs/heads/{base_ref}"}
    graph = client.ask(LOOK, CLASSIC_RULES, names)
    if graph.errors:
        raise Unavailable("GitHub does not show the App the branch's classic protection.", permanent=True)
    rule = dig(repository(graph.data, ref), "ref", "refUpdateRule")
    contexts = rows(rule, "requiredStatusCheckContexts")
    return tuple(RequiredStatus(context, None) for context in contexts if isinstance(context, str))
