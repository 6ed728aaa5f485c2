"""What an engine is: it knows the policies of one admission controller, and what an edit of one does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from app.admission.base.objects import PolicyObject
from app.core.inventory import ObjectReference
from app.core.policy_edit import PolicyEdit
from app.core.tree import File


class Engine(Protocol):
    """An engine whose policies are Kubernetes objects."""

    NAME: str

    def claims(self, reference: ObjectReference) -> bool:
        """Whether this object is its policy: by group and kind, never by version."""
        ...

    def compare(self, before: PolicyObject | None, after: PolicyObject | None) -> Iterable[PolicyEdit]:
        """Return what differs and what it does; one side is `None` when the object is new or gone.

        Never raises. Nothing is returned only for two sides without any difference.
        """
        ...


class FileEngine(Protocol):
    """An engine whose policies are whole files that are no Kubernetes objects (CODEOWNERS, workflows, values)."""

    NAME: str

    def matches(self, path: str, text: str) -> bool:
        """Whether a file is its policy; `text` is empty when only the path is known."""
        ...

    def compare(self, before: Sequence[File], after: Sequence[File]) -> Iterable[PolicyEdit]:
        """Return what differs between all its files before and after; each has its text. Never raises."""
        ...
