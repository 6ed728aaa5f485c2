"""What a scope says of where an image comes from and goes to: tags that moved, versions that went back, other names."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.core.verdict import Outcome


class Reaction(enum.Enum):
    """What a finding of this kind means: nothing, a person, or a failure."""

    ALLOW = "allow"
    REVIEW = "review"
    BLOCK = "block"


OUTCOMES: Final[Mapping[Reaction, Outcome]] = {
    Reaction.ALLOW: Outcome.OK,
    Reaction.REVIEW: Outcome.REVIEW,
    Reaction.BLOCK: Outcome.BLOCKED,
}


@dataclass(frozen=True, slots=True)
class Lineage:
    """The reactions of one scope; `bound` asks that a signature names the repository that the image is in."""

    tag_mismatch: Reaction = Reaction.REVIEW
    downgrade: Reaction = Reaction.REVIEW
    moved: Reaction = Reaction.REVIEW
    bound: bool = False
