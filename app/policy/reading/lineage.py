"""Reads what a scope says of tags, downgrades, moves and the repository that a signature names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.core import yaml
from app.policy.lineage import Lineage, Reaction
from app.policy.reading.nodes import Faults

KEYS: Final = ("tag-mismatch", "downgrade", "moved", "bind-repository")
_REACTIONS: Final = {word.value: word for word in (Reaction.BLOCK, Reaction.REVIEW, Reaction.ALLOW)}


def read_lineage(fields: Mapping[str, yaml.Node], faults: Faults) -> Lineage:
    """Read the keys of a scope that `KEYS` names."""

    def reaction(key: str) -> Reaction:
        found = faults.choice(fields[key], key, _REACTIONS) if key in fields else None
        return found or Reaction.REVIEW

    bound = "bind-repository" in fields and faults.flag(fields["bind-repository"], "bind-repository")
    if bound and "signature" not in fields:
        faults.add(fields["bind-repository"].line, "bind-repository does nothing without signature")
    return Lineage(reaction("tag-mismatch"), reaction("downgrade"), reaction("moved"), bound)
