"""What was found out about commits before: kept between runs, so that only new commits cost time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.core.errors import Unavailable
from app.core.history import Arrived, Event, Gap
from app.jobs.history.codec import NotWritten, read, written
from app.render.history.lines import jsonl_line


@dataclass(frozen=True, slots=True)
class Answer:
    """What one commit did, and what of it could not be read.

    `committed_at` is `None` when the commit itself could not be read. `lasting`: it will be the same in every clone
    that has the whole commit.
    """

    committed_at: datetime | None
    found: tuple[Event | Gap, ...] = ()
    lasting: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as text: so it is kept and sent between processes, and mostly it need not be read to be passed on.

    `lines` are its events as `jsonl` writes them; `None` when a gap is among them.
    """

    committed_at: datetime | None
    values: str
    lines: str | None
    lasting: bool = True

    @classmethod
    def of(cls, answer: Answer) -> Told:
        """Write an answer."""
        lines = [jsonl_line(one) for one in answer.found if isinstance(one, Event)]
        whole = len(lines) == len(answer.found)
        return cls(answer.committed_at, written(answer.found), "".join(lines) if whole else None, answer.lasting)

    @classmethod
    def read(cls, text: str) -> Told | None:
        """Return what `text` was written of; `None` when it was not."""
        at, _, rest = text.partition("\n")
        values, _, lines = rest.partition("\n")
        try:
            return cls(datetime.fromisoformat(at) if at else None, values, lines[1:] if lines else None)
        except ValueError:
            return None

    @property
    def text(self) -> str:
        """What is kept."""
        at = "" if self.committed_at is None else self.committed_at.isoformat()
        return "\n".join((at, self.values, "" if self.lines is None else f"={self.lines}"))

    def found(self) -> tuple[Event | Gap, ...]:
        """Return events and gaps; raises `Unavailable` where the cache holds what nobody wrote."""
        try:
            found = read(self.values)
        except NotWritten:
            found = None
        if isinstance(found, tuple) and all(isinstance(one, Event | Gap) for one in found):
            return found
        raise Unavailable("the cache holds something else than was kept in it: read anew with --no-cache")


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


def told_of(kept: Kept, part: Sequence[Arrived]) -> dict[str, Told]:
    """Return what is known of these commits."""
    keys = {key_of(arrived): arrived.commit for arrived in part}
    texts = kept.get(tuple(keys)).items()
    return {keys[key]: told for key, text in texts if key in keys and (told := Told.read(text)) is not None}


def keep(kept: Kept, part: Sequence[Arrived], answers: Mapping[str, Told]) -> None:
    """Keep what will not change."""
    known = ((arrived, answers[arrived.commit]) for arrived in part if arrived.commit in answers)
    kept.keep({key_of(one): told.text for one, told in known if told.lasting})
