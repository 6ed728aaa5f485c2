"""A policy file as values: what one text says, before floor and own file are put together."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.globs import PathGlob
from app.core.policy_edit import Effect
from app.core.pull_request import Permission
from app.core.verdict import Mode
from app.policy.scopes import Scope
from app.policy.signers import SignerRule
from app.policy.waiver_terms import WaiverTerms
from app.predicates.base import MappedMeasure


class Unmatched(enum.IntEnum):
    """What an image outside every scope gets, from mild to strict."""

    ALLOW = 0
    REVIEW = 1
    BLOCK = 2


@dataclass(frozen=True, slots=True)
class Reviewers:
    """Who can meet a demand: members of any of the teams, any of the users, or anyone with the permission.

    Teams are `owner/slug`, users logins, both in lower case. `permission` `None` names nobody.
    """

    teams: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    permission: Permission | None = None


@dataclass(frozen=True, slots=True)
class Quorum:
    """So many approvals of those reviewers."""

    reviewers: Reviewers
    count: int = 1


@dataclass(frozen=True, slots=True)
class Joined:
    """Several quorums: `every` one of them (`all-of`), or any one (`any-of`)."""

    every: bool
    parts: tuple[Quorum | Joined, ...]


@dataclass(frozen=True, slots=True)
class GovernedPaths:
    """One entry of `reviews`: what it governs, and who must approve a change of it.

    It governs what `paths` cover (everything when there are none), of that only what `within` covers (environments;
    everything when there are none), and of that only what holds an edit with one of the `effects`, when there are any.
    `joined` is set for `any-of` and `all-of`; else `count` approvals of `reviewers` are needed.
    """

    label: str
    paths: tuple[PathGlob, ...]
    reviewers: Reviewers
    count: int = 1
    mode: Mode = Mode.ENFORCE
    within: tuple[PathGlob, ...] = ()
    effects: frozenset[Effect] = frozenset()
    joined: Joined | None = None

    @property
    def quorum(self) -> Quorum | Joined:
        """Who must approve."""
        return self.joined or Quorum(self.reviewers, self.count)


@dataclass(frozen=True, slots=True)
class Document:
    """What one policy file says; `None` where it is silent. `key_paths` are the key files that it names."""

    mode: Mode | None = None
    unmatched: Unmatched | None = None
    solo: bool = False
    allow_solo: bool = True
    signers: Mapping[str, SignerRule] = field(default_factory=dict)
    scopes: tuple[Scope, ...] = ()
    reviews: tuple[GovernedPaths, ...] = ()
    request_reviewers: bool | None = None
    key_paths: frozenset[str] = frozenset()
    mappings: tuple[MappedMeasure, ...] = ()
    waivers: WaiverTerms = field(default_factory=WaiverTerms)
    unresolved_sources: Unmatched | None = None
    environments: Mapping[str, tuple[PathGlob, ...]] = field(default_factory=dict)
