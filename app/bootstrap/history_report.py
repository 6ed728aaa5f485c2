"""The report on a local repository's history, wired: the engine, then the app's records and today's evidence on top."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.bootstrap.clock import now
from app.bootstrap.environments import environment_at
from app.bootstrap.history import history_of
from app.core.errors import PolicyError, Unavailable
from app.core.globs import Glob, InvalidGlob, PathGlob
from app.core.history import Event, Gap
from app.jobs.history import Environment, HistoryJob, WantedHistory, dated_at, governs
from app.render.history import Control, Moment, Scope, joined, read_controls, written
from app.settings import Settings

if TYPE_CHECKING:
    from app.adapters.ledger import PastRecords
    from app.jobs.history_statements import StatementRecords

SETTINGS: Final = "settings"
"""What stands for the database of the settings, so that no password need be written on a command line."""

_NOTES: Final = ("notes:", "refs/notes/")
_MOST: Final = 1024 * 1024
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.+Z-]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked at the terminal, as it was written; empty for what was not asked.

    `ledger` is a database URL, or `settings` for that of the settings; or a folder, a branch or `notes:NAME` with
    signed records of merges, which the public `keys` prove. `controls` is a file of them. `floor` is a file with the
    owner's floor, which is heeded where `evidence` is asked for. With `fetch`, what a partial clone lacks is fetched
    into it. What was read is kept in `cache`, where one is given; what is wrong with it is told to `notice`.
    """

    folder: str
    revisions: str = "HEAD"
    since: str = ""
    until: str = ""
    paths: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    environment: str = ""
    repository: str = ""
    ledger: str = ""
    keys: tuple[str, ...] = ()
    evidence: bool = False
    controls: str = ""
    floor: str = ""
    fetch: bool = False
    cache: Path | None = None
    notice: Callable[[str], None] = lambda _: None

    @property
    def name(self) -> str:
        """What the repository is called: as it was given, else by its folder."""
        return self.repository or Path(self.folder).absolute().name


@dataclass(frozen=True, slots=True)
class HistoryReport:
    """One report: what it is about, and its events; or the same with events as lines of `jsonl`. One is read, once."""

    scope: Scope
    stream: Iterator[Event | Gap]
    lines: Iterator[str | Gap]


@contextlib.contextmanager
def report_of(asked: Asked, settings: Callable[[], Settings]) -> Iterator[HistoryReport]:
    """Open a report; its stream is read once, the settings only where they matter.

    Raises `Unavailable` and `PolicyError`.
    """
    with contextlib.ExitStack() as closing:
        job = closing.enter_context(history_of(asked.folder, asked.cache, asked.notice, fetch=asked.fetch))
        tip = job.clone.resolve(_end(asked.revisions))
        if job.bringing is not None and (asked.evidence or asked.environment):
            # What the policy at the tip says is read before the history is.
            job.bringing.whole(tip, governs)
        wanted = _wanted(asked, job)
        asked_at = now()
        stream: Iterator[Event | Gap] = (dated_at(one, asked_at) for one in job.run(wanted))
        if asked.ledger:
            stream = closing.enter_context(_with_records(asked, job, settings, stream))
        floors: tuple[str, ...] = ()
        if asked.evidence:
            from app.bootstrap.history_evidence import judging_at  # noqa: PLC0415 - slow, and seldom asked for

            judging = judging_at(job.clone, tip, asked.floor, settings())
            stream, floors = judging.attach(stream), judging.floors
        scope = Scope(
            repository=asked.name,
            revisions=asked.revisions,
            tip=tip,
            asked_at=asked_at,
            filters=tuple(_filters(asked, wanted)),
            records=bool(asked.ledger),
            evidence=asked.evidence,
            base=_base(asked.revisions, job),
            ends_at=_end_of(tip, wanted, job),
            options=tuple(_options(asked)),
            floors=floors,
        )
        as_kept = not asked.ledger and not asked.evidence
        yield HistoryReport(scope, stream, job.lines(wanted, asked_at) if as_kept else written(stream))


def moment_at(asked: Asked, when: str) -> Moment:
    """Return what was in force at a time, or at a commit; raises `Unavailable`."""
    with history_of(asked.folder, None, asked.notice, fetch=asked.fetch) as job:
        at = _moment(when, last=True)
        if job.bringing is not None and asked.environment:
            job.bringing.whole(job.clone.resolve(asked.revisions), governs)
        wanted = _wanted(asked, job)
        return Moment(asked.name, when, job.at(when if at is None else at, wanted), tuple(_filters(asked, wanted)))


def controls(own: str | None) -> tuple[Control, ...]:
    """Read the controls that come with the program, and those of a file; raises `PolicyError`."""
    text = resources.files("app.render.history").joinpath("controls.yml").read_text(encoding="utf-8")
    packaged = read_controls("controls.yml", text)
    return packaged if own is None else joined(packaged, read_controls(own, _read(own)))


def _read(path: str) -> str:
    try:
        return _content(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise PolicyError("it is not UTF-8", path=path) from error


def _content(path: str) -> bytes:
    try:
        with Path(path).open("rb") as opened:
            content = opened.read(_MOST + 1)
    except OSError as error:
        raise PolicyError(f"it cannot be read ({error.strerror})", path=path) from error
    if len(content) > _MOST:
        raise PolicyError("it is larger than 1 MiB", path=path)
    return content


def _wanted(asked: Asked, job: HistoryJob) -> WantedHistory:
    since, until = _bound(asked.since, job, last=False), _bound(asked.until, job, last=True)
    if since is not None and until is not None and since > until:
        raise Unavailable("--since is later than --until: nothing lies between them", permanent=True)
    try:
        return WantedHistory(
            revision=asked.revisions,
            since=since,
            until=until,
            paths=tuple(map(PathGlob, asked.paths)),
            images=tuple(map(Glob, asked.images)),
            environment=_environment(asked, job) if asked.environment else None,
        )
    except InvalidGlob as error:
        raise Unavailable(f"a pattern is not understood: {error}", permanent=True) from error


def _environment(asked: Asked, job: HistoryJob) -> Environment:
    return environment_at(job.clone, job.clone.resolve(_end(asked.revisions)), asked.environment, asked.notice)


def _filters(asked: Asked, wanted: WantedHistory) -> Iterable[str]:
    if wanted.since is not None:
        yield f"committed at or after {wanted.since.isoformat()}"
    if wanted.until is not None:
        yield f"committed at or before {wanted.until.isoformat()}"
    yield from (f"in paths `{one}`" for one in asked.paths)
    yield from (f"of images `{one}`" for one in asked.images)
    if asked.environment:
        yield f"in the environment `{asked.environment}`"


def _options(asked: Asked) -> Iterable[str]:
    """Write the options that decide what is told; a database is not named, for its address may hold a password."""
    given = {
        "--repository": (asked.repository,),
        "--since": (asked.since,),
        "--until": (asked.until,),
        "--path": asked.paths,
        "--image": asked.images,
        "--environment": (asked.environment,),
        "--ledger": ("DATABASE" if "://" in asked.ledger else asked.ledger,),
        "--ledger-key": asked.keys,
        "--controls": (asked.controls,),
        "--floor": (asked.floor,),
    }
    for name, values in given.items():
        for value in filter(None, values):
            yield from (name, value)
    if asked.evidence:
        yield "--with-evidence"


def _base(revisions: str, job: HistoryJob) -> str:
    start, dots, _ = revisions.rpartition("..")
    # The engine refuses `A...B`, and says so.
    return job.clone.resolve(start or "HEAD") if dots and "..." not in revisions else ""


def _end_of(tip: str, wanted: WantedHistory, job: HistoryJob) -> datetime | None:
    """Return up to when the report tells: the tip's time, or the bound that was asked for where it is earlier."""
    try:
        at = job.clone.commit(tip).committed_at
    except Unavailable:
        # The engine tells it as a gap.
        return None
    return at if wanted.until is None else min(at, wanted.until)


def _bound(text: str, job: HistoryJob, *, last: bool) -> datetime | None:
    """Read a day, a time, or the time of a commit that a revision names."""
    if not text:
        return None
    return _moment(text, last=last) or job.clone.commit(job.clone.resolve(text)).committed_at


def _moment(text: str, *, last: bool) -> datetime | None:
    """Read a day (its beginning, or with `last` its end) or a time, in UTC unless it says otherwise."""
    try:
        if _DAY.fullmatch(text):
            day = datetime.fromisoformat(text)
            return datetime.combine(day, time.max if last else time.min, tzinfo=UTC)
        if _TIME.fullmatch(text):
            at = datetime.fromisoformat(text)
            return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    except ValueError as error:
        raise Unavailable(
            f"{text!r} is no day or time: write 2026-03-31 or 2026-03-31T12:00Z", permanent=True
        ) from error
    return None


def _end(revisions: str) -> str:
    return revisions.rpartition("..")[2] or "HEAD"


@contextlib.contextmanager
def _with_records(
    asked: Asked, job: HistoryJob, settings: Callable[[], Settings], stream: Iterator[Event | Gap]
) -> Iterator[Iterator[Event | Gap]]:
    from app.adapters.ledger import PastRecords  # noqa: PLC0415 - slow, and seldom asked for
    from app.jobs.history_records import RecordJoin  # noqa: PLC0415 - likewise

    if asked.ledger != SETTINGS and "://" not in asked.ledger:
        signed = _signed_records(asked)
        if len(signed.repositories) > 1 and not asked.repository:
            # Whoever rules a fork has records signed of commits that are this repository's, too.
            sentence = f"the records are of {len(signed.repositories)} repositories: name one (--repository)"
            raise Unavailable(sentence, permanent=True)
        joined = RecordJoin(signed, job.clone, asked.repository).attach(stream)
        yield itertools.chain(signed.gaps, _or_notice(joined, asked))
        return
    url = settings().database_url.reveal() if asked.ledger == SETTINGS else asked.ledger
    with contextlib.closing(PastRecords(url)) as records:
        joined = RecordJoin(records, job.clone, asked.repository).attach(stream)
        yield _and_gaps(_or_notice(joined, asked), records)


def _or_notice(stream: Iterable[Event | Gap], asked: Asked) -> Iterator[Event | Gap]:
    """Yield the stream; say so when no record belonged to any of it, as with a name that is misspelt."""
    events = recorded = 0
    for one in stream:
        events += isinstance(one, Event)
        recorded += isinstance(one, Event) and one.recorded is not None
        yield one
    if events and not recorded:
        of = f" of {asked.repository}" if asked.repository else ""
        asked.notice(f"no record{of} belongs to any of these commits: look whether these are the right records")


def _and_gaps(stream: Iterator[Event | Gap], records: PastRecords) -> Iterator[Event | Gap]:
    """Yield the stream, and then what of the records was not looked at: that shows only once they were asked."""
    yield from stream
    yield from records.gaps()


def _signed_records(asked: Asked) -> StatementRecords:
    from app.adapters.dsse_key import ProvingKeys  # noqa: PLC0415 - slow, and seldom asked for
    from app.bootstrap import ledgers  # noqa: PLC0415 - likewise
    from app.jobs.history_statements import StatementRecords  # noqa: PLC0415 - likewise

    if Path(asked.ledger).is_file():
        raise Unavailable(f"for a database file write --ledger sqlite:///{asked.ledger}", permanent=True)
    if not asked.keys:
        sentence = "records of a folder, branch or notes are signed: give the operator's public key (--ledger-key)"
        raise Unavailable(sentence, permanent=True)
    keys = ProvingKeys.of(_content(file) for file in asked.keys)
    if asked.ledger.startswith(_NOTES):
        records = ledgers.of_notes(asked.folder, asked.ledger.removeprefix("notes:"))
    elif Path(asked.ledger).is_dir():
        records = ledgers.of_folder(asked.ledger)
    else:
        records = ledgers.of_branch(asked.folder, asked.ledger)
    return StatementRecords(records, keys.prove)
