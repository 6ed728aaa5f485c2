"""One vulnerability in one package, with what trusted authors say of it; and the differences of two lists."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class VexClaim:
    """What a trusted author says of a vulnerability in this image.

    `status` is `not_affected`, `affected`, `fixed` or `under_investigation`; `author` is who signed it, for people;
    `justification` is the author's own word or sentence, cut to what a list can carry.
    """

    status: str
    author: str
    justification: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Vulnerability:
    """One vulnerability in one package, as a scanner named it.

    `fix` is the fixing version, empty for none that is known; `note` a clause of ours; `purl` the package URL when the
    scanner tells it. `vex` are the claims of trusted authors about it; `excused` says that they take it out of the
    counts. `aliases` are further identifiers that the scanner tells. `exploited` says that a catalogue of known
    exploited vulnerabilities has it, `epss` how likely exploitation is; both only where the operator gave such lists.
    """

    id: str
    package: str
    version: str
    severity: str
    fix: str = ""
    note: str = ""
    purl: str = ""
    vex: tuple[VexClaim, ...] = ()
    excused: bool = False
    aliases: tuple[str, ...] = ()
    exploited: bool = False
    # Follows from the identifiers, and `None` has no order.
    epss: float | None = field(default=None, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Every identifier."""
        return (self.id, *self.aliases)


@dataclass(frozen=True, slots=True)
class VulnerabilityChanges:
    """How two lists of vulnerabilities differ, each part in the order of the list that it is taken from.

    With `why` the lists cannot be compared, or one is not there: the three parts are empty then, not because nothing
    changed.
    """

    fixed: tuple[Vulnerability, ...] = ()
    new: tuple[Vulnerability, ...] = ()
    unchanged: tuple[Vulnerability, ...] = ()
    why: str = ""
