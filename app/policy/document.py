"""A policy file as values: what one text says, before floor and own file are put together."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.globs import PathGlob
from app.core.pull_request import Permission
from app.core.verdict import Mode
from app.policy.scopes import Scope
from app.policy.signers import SignerRule
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
class GovernedPaths:
    """One entry of `reviews`: a change under `paths` needs `count` approvals of `reviewers`."""

    label: str
    paths: tuple[PathGlob, ...]
    reviewers: Reviewers
    count: int = 1
    mode: Mode = Mode.ENFORCE


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
    key_paths: frozenset[str] = frozenset()
    mappings: tuple[MappedMeasure, ...] = ()
