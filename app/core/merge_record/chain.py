"""Whether the records of a ledger are whole: signed, none changed, none missing, each in its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from app.core.errors import Unreadable
from app.core.merge_record.statement import Claims, read
from app.core.merge_record.values import digest_of

Kept = tuple[str, bytes | Unreadable]
"""A record by the name under which it is kept: its envelope, or why that cannot be read."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was written: `where` names the record as it was found."""

    where: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What was checked: the claims of each record that is proved, and every fault."""

    proved: tuple[Claims, ...]
    faults: tuple[Fault, ...]


# What a note is kept under.
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(slots=True)
class _Chain:
    """One repository's chain as far as it was followed: the next place, and the digest that must stand there."""

    sequence: int = 1
    previous: str = ""
    numbers: set[int] = field(default_factory=set)


def check(records: Iterable[Kept], prove: Callable[[bytes], bytes]) -> Checked:
    """Check records in the order in which they are kept, given as name and envelope, or as why there is none to read.

    `prove` returns the payload that a key of the operator signed, and raises `Unreadable` for anything else. Each
    record names the one before by its digest, so that one that is removed, changed or moved shows. What was cut off at
    the end does not show in the chain itself: that takes the repository's own history. A branch and notes hold the
    records of one repository.
    """
    chains: dict[int, _Chain] = {}
    only: int | None = None
    proved: list[Claims] = []
    faults: list[Fault] = []
    for name, envelope in records:
        try:
            if isinstance(envelope, Unreadable):
                raise envelope
            claims = read(prove(envelope))
        except Unreadable as error:
            faults.append(Fault(name, str(error)))
            continue
        if _is_alone(name):
            only = only or claims.repository_id
            if claims.repository_id not in {only, *chains}:
                # Who rules a fork has its merges signed, and could bring them here as merges of this repository.
                sentence = f"it is of repository {claims.repository_id}, and the records before it are of {only}"
                faults.append(Fault(name, f"{sentence}: one of the two does not belong here"))
        chain = chains.setdefault(claims.repository_id, _Chain())
        faults.extend(Fault(name, sentence) for sentence in _misplaced(chain, claims, name))
        chain.sequence, chain.previous = claims.link.sequence + 1, digest_of(envelope)
        chain.numbers.add(claims.number)
        proved.append(claims)
    return Checked(tuple(proved), tuple(faults))


def _misplaced(chain: _Chain, claims: Claims, name: str) -> Iterable[str]:
    found = claims.link.sequence
    if found > chain.sequence:
        one = found == chain.sequence + 1
        missing = f"record {chain.sequence}" if one else f"records {chain.sequence} to {found - 1}"
        yield f"{missing} before it {'is' if one else 'are'} missing, or cannot be proved"
    elif found < chain.sequence:
        yield f"it is record {found}, and stands where record {chain.sequence} belongs"
    elif claims.link.previous != chain.previous:
        yield "the record before it is not the one that it was written after"
    elif _COMMIT.fullmatch(name):
        if name != claims.commit:
            yield f"it speaks of commit {claims.commit}, and is a note of another"
    elif not _is_named_so(name, claims):
        yield f"it is record {found} of repository {claims.repository_id}, and is kept as another"
    if claims.number in chain.numbers:
        yield f"pull request {claims.number} has another record"


def _is_alone(name: str) -> bool:
    """Say whether a record is kept where only one repository keeps its records: as a note, or below `records/`."""
    *folders, _ = name.split("/")
    return bool(_COMMIT.fullmatch(name)) or any(not folder.isdigit() for folder in folders[-1:])


def _is_named_so(name: str, claims: Claims) -> bool:
    """Say whether a record is kept under its own number, below that of its repository where a name has that."""
    *folders, number = name.removesuffix(".json").split("/")
    wanted = ((number, claims.link.sequence), *((folder, claims.repository_id) for folder in folders[-1:]))
    return all(part.lstrip("0") == str(one) for part, one in wanted if part.isdigit())
