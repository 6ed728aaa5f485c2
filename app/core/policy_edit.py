"""Edits of security policies and their effect."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.core.inventory import ObjectReference


class Effect(enum.Enum):
    """What an edit does to the strength of a policy; what cannot be decided is treated as weaker."""

    WEAKER = "weaker"
    STRONGER = "stronger"
    NEUTRAL = "neutral"
    CANNOT_TELL = "cannot tell"


class Severity(enum.Enum):
    """What is at stake: whether something can be blocked no more, or only whether it is reported."""

    BLOCKING = "blocking"
    REPORTING = "reporting"


@dataclass(frozen=True, slots=True)
class PolicyEdit:
    """One field of one policy object before and after; `None` when that side does not have it.

    `sentence` says the effect in words ("violations will be logged, not blocked"). `line` is where the field stands in
    the head file (in the base file when it is gone), 0 when no line can be named. `witness` is one image, identity,
    name or request that changes sides, empty when none is known. `field` is empty when the whole object is meant.
    `unread`: it is a file that could not be read, so nobody knows whether it holds a policy. `program`: what changed is
    code (a workflow's step), of which nobody can ever tell.
    """

    path: str
    resource: ObjectReference | None
    field: str
    before: str | None
    after: str | None
    effect: Effect
    sentence: str
    line: int = 0
    witness: str = ""
    severity: Severity = Severity.BLOCKING
    unread: bool = False
    program: bool = False

    @property
    def telling(self) -> bool:
        """Whether a person should hear of it unasked: not of what changes nothing, nor of each line of a program."""
        return self.effect is not Effect.NEUTRAL and not (self.program and self.effect is Effect.CANNOT_TELL)


WEAKER_POLICY: Final = "weaker policy"
"""The rule's name of findings about policies that get weaker, or of which that cannot be told."""

WORST_FIRST: Final = (Effect.WEAKER, Effect.CANNOT_TELL, Effect.STRONGER, Effect.NEUTRAL)


def combined(effects: Iterable[Effect]) -> Effect:
    """Return the effect of several edits together: a weaker part is never made good by a stronger one."""
    found = frozenset(effects)
    return next((effect for effect in WORST_FIRST if effect in found), Effect.NEUTRAL)


def grouped(edits: Iterable[PolicyEdit]) -> tuple[tuple[PolicyEdit, ...], ...]:
    """Return the edits of each policy together: those of one object in one file, in the order given."""
    found: dict[tuple[str, ObjectReference | None], list[PolicyEdit]] = {}
    for edit in edits:
        found.setdefault((edit.path, edit.resource), []).append(edit)
    return tuple(tuple(same) for same in found.values())


_GOVERNANCE: Final = re.compile(
    r"(?:\.github/|docs/)?codeowners|\.github/(?:assay\.yml|assay/.+|workflows/[^/]+\.ya?ml)|\.trivyignore\.yaml",
    re.IGNORECASE | re.DOTALL,
)


def is_governance(path: str) -> bool:
    """Say whether an edit at this path is of what governs the repository itself, not of a policy of a cluster.

    CODEOWNERS, workflows, our own policy with all that belongs to it. Edits of `.trivyignore.yaml` are only made where
    our policy reads it, so they count too. The case of letters does not hide a file.
    """
    return _GOVERNANCE.fullmatch(path) is not None


def named(edit: PolicyEdit) -> str:
    """Return what a person calls the policy of an edit: kind and name of the object, else the file."""
    resource = edit.resource
    if resource is None or not resource.kind:
        return edit.path
    where = f"{resource.namespace}/" if resource.namespace else ""
    return f"{resource.kind} {where}{resource.name}".rstrip()
