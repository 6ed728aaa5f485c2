"""What is required before a merge into a branch: the rules of rulesets, and what classic protection shows to everybody.

1. Rulesets, with the App that each status must come from. They are shown to whoever may read the repository.
2. Where these do not name what is asked for: classic protection, of which GitHub shows the names of statuses to all,
   and the App they must come from to administrators alone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.adapters.github.client import Client
from app.adapters.github.connection import Connection
from app.adapters.github.operations import LOOK, RULES
from app.adapters.github.queries import CLASSIC_RULES
from app.adapters.github.reading import repository
from app.adapters.github.shapes import dig, rows, whole, words
from app.core.errors import Unavailable
from app.core.gate import ANYBODY, BranchRules, RequiredStatus
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
        try:
            found = _of_rulesets(client, ref, base_ref)
            if not contexts <= {one.context.lower() for one in found}:
                found += _of_classic_protection(client, ref, base_ref)
        except Unavailable as failure:
            return BranchRules(found, self.app_id, failure.sentence)
        return BranchRules(found, self.app_id)


def _of_rulesets(client: Client, ref: PullRequestRef, base_ref: str) -> tuple[RequiredStatus, ...]:
    call = RULES.at(owner=ref.owner, repo=ref.name, branch=base_ref).asking(per_page=_PAGE)
    listed = client.send(call).json()
    if not isinstance(listed, list):
        raise Unavailable("GitHub's list of rules is none.")
    checks = [
        check
        for rule in rows({"rules": listed}, "rules")
        if words(rule, "type") == "required_status_checks"
        for check in rows(rule, "parameters", "required_status_checks")
    ]
    return tuple(
        RequiredStatus(context, whole(check, "integration_id") or ANYBODY)
        for check in checks
        if (context := words(check, "context")) is not None
    )


def _of_classic_protection(client: Client, ref: PullRequestRef, base_ref: str) -> tuple[RequiredStatus, ...]:
    names = {"owner": ref.owner, "name": ref.name, "branch": f"refs/heads/{base_ref}"}
    graph = client.ask(LOOK, CLASSIC_RULES, names)
    if graph.errors:
        raise Unavailable("GitHub does not show the App the branch's classic protection.", permanent=True)
    rule = dig(repository(graph.data, ref), "ref", "refUpdateRule")
    contexts = rows(rule, "requiredStatusCheckContexts")
    return tuple(RequiredStatus(context, None) for context in contexts if isinstance(context, str))
