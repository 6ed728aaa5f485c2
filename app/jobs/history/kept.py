"""What was found out about commits before: kept between runs, so that only new commits cost time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.core.history import Arrived, Event, Gap
from app.jobs.history.codec import NotWritten, read, written


@dataclass(frozen=True, slots=True)
class Answer:
    """What one commit did, and what of it could not be read.

    `committed_at` is `None` when the commit itself could not be read. `lasting`: it will be the same in every clone
    that has the whole commit.
    """

    committed_at: datetime | None
    found: tuple[Event | Gap, ...] = ()
    lasting: bool = True


class Kept(Protocol):
    """Texts by key, from one run to the next. Never raises: what cannot be kept is lost, what is broken not there."""

    def get(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Return those that are there."""
        ...

    def keep(self, texts: Mapping[str, str]) -> None:
        """Keep these, and let go of the oldest when there are too many."""
        ...


def key_of(arrived: Arrived) -> str:
    """Return the key of a commit together with what it brought, which depends on where the line begins."""
    brought = hashlib.sha256(" ".join((*sorted(arrived.merged), str(arrived.cut))).encode("ascii", "replace"))
    return f"{arrived.commit} {brought.hexdigest()[:16]}"


def answers_of(kept: Kept, part: Sequence[Arrived]) -> dict[str, Answer]:
    """Return what is known of these commits."""
    keys = {key_of(arrived): arrived.commit for arrived in part}
    found: dict[str, Answer] = {}
    for key, text in kept.get(tuple(keys)).items():
        answer = _answer(text)
        if answer is not None and key in keys:
            found[keys[key]] = answer
    return found


def keep(kept: Kept, part: Sequence[Arrived], answers: Mapping[str, Answer]) -> None:
    """Keep what will not change."""
    known = ((arrived, answers[arrived.commit]) for arrived in part if arrived.commit in answers)
    kept.keep({key_of(one): written((answer.committed_at, answer.found)) for one, answer in known if answer.lasting})


def _answer(text: str) -> Answer | None:
    try:
        match read(text):
            case (datetime() | None as at, tuple() as found) if all(isinstance(one, Event | Gap) for one in found):
                return Answer(at, found)
            case _:
                return None
    except NotWritten:
        return None
