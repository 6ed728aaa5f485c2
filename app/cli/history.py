"""`history`: security events of a repository's git history, and what was in force at one time."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TypeVar

import click

from app.cli.outcomes import CANNOT_TELL, PASS, USAGE, fail, said, settings, with_progress

if TYPE_CHECKING:
    from app.bootstrap.history_report import Asked
    from app.core.history import Gap

_T = TypeVar("_T")
EVENTS: Final = ("jsonl", "json", "csv", "markdown", "html", "oscal")
_FILE: Final = click.Path(exists=True, dir_okay=False)
_FULL_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
MOMENT: Final = ("text", "markdown", "json")


def _filled(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Refuse an option that was given empty: with a variable that is not set, much more would be told than asked."""
    given = context.get_parameter_source(parameter.name or "") is not click.core.ParameterSource.DEFAULT
    if given and value is not None and not value.strip():
        raise click.BadParameter("it is empty")
    return value


def _full_name(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Refuse what is no full name: no record would be found of it, as if there were none."""
    if _filled(context, parameter, value) and not _FULL_NAME.fullmatch(value):
        raise click.BadParameter("write OWNER/NAME")
    return value


@click.command()
@click.option(
    "--repo",
    type=click.Path(exists=True, file_okay=False),
    default=".",
    show_default=True,
    metavar="DIR",
    help="The git repository: any clone, bare or not.",
)
@click.option("--since", default="", callback=_filled, metavar="TIME", help="From this day, time, tag or commit on.")
@click.option(
    "--until", default="", callback=_filled, metavar="TIME", help="Up to this day, time, tag or commit, included."
)
@click.option("--path", "paths", multiple=True, metavar="GLOB", help="Only in these files, as in .gitignore.")
@click.option("--image", "images", multiple=True, metavar="GLOB", help="Only these images.")
@click.option(
    "--environment",
    default="",
    callback=_filled,
    metavar="NAME",
    help="Only what belongs to it, by names of folders and files.",
)
@click.option(
    "--at",
    default="",
    callback=_filled,
    metavar="TIME|COMMIT",
    help="Instead: which policies and images were in force then.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(sorted({*EVENTS, *MOMENT})),
    help="Default: jsonl, and with --at text.",
)
@click.option("--with-evidence", is_flag=True, help="Ask the registries what they prove today of each new image.")
@click.option("--floor", type=_FILE, metavar="FILE", help="With --with-evidence: the owner's floor.")
@click.option("--fetch", is_flag=True, help="Fetch what a partial clone lacks, into it, from where it was cloned.")
@click.option(
    "--ledger",
    default="",
    callback=_filled,
    metavar="WHERE",
    help="Join the app's records: a database URL, `settings`, or records of merges: a folder, a branch, or notes:NAME.",
)
@click.option(
    "--ledger-key",
    "keys",
    type=_FILE,
    multiple=True,
    metavar="FILE",
    help="A public key that proves records of merges.",
)
@click.option(
    "--repository",
    default="",
    callback=_full_name,
    metavar="OWNER/NAME",
    help="Its name on GitHub: in the report, and for --ledger.",
)
@click.option(
    "--controls",
    "own",
    type=click.Path(dir_okay=False),
    callback=_filled,
    metavar="FILE",
    help="More controls to report on.",
)
@click.option(
    "--cache", type=click.Path(dir_okay=False), callback=_filled, metavar="FILE", help="Where to keep what was read."
)
@click.option("--no-cache", is_flag=True, help="Read everything anew and keep nothing.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, writable=True),
    callback=_filled,
    metavar="FILE",
    help="Write to a file.",
)
@click.argument("revisions", metavar="[RANGE]", default="HEAD")
def history(  # noqa: PLR0913, PLR0917 - one an option
    repo: str,
    since: str,
    until: str,
    paths: tuple[str, ...],
    images: tuple[str, ...],
    environment: str,
    at: str,
    form: str | None,
    with_evidence: bool,  # noqa: FBT001 - click passes it by name
    floor: str | None,
    fetch: bool,  # noqa: FBT001 - likewise
    ledger: str,
    keys: tuple[str, ...],
    repository: str,
    own: str | None,
    cache: str | None,
    no_cache: bool,  # noqa: FBT001 - likewise
    output: str | None,
    revisions: str,
) -> None:
    """Tell what each commit of RANGE (a branch, tag or commit, or A..B) did to images and policies, oldest first.

    What reached the branch counts: its first-parent line. Approvals and what was known of an image then are in no
    commit: they are null unless --ledger gives the app's records.

    Exits 0, 2 when the range or an option is wrong, 3 when anything could not be read: then the answer is incomplete.
    """
    from app.bootstrap.history import usual_cache  # noqa: PLC0415 - slow
    from app.bootstrap.history_report import Asked  # noqa: PLC0415 - slow

    form = form or ("text" if at else "jsonl")
    if form not in (MOMENT if at else EVENTS):
        fail(f"--format {form} {'does not go' if at else 'goes only'} with --at", USAGE)
    if at and any((since, until, with_evidence, ledger, own, floor)):
        fail("--at does not go with --since, --until, --with-evidence, --floor, --ledger and --controls", USAGE)
    if floor and not with_evidence:
        fail("--floor goes only with --with-evidence", USAGE)
    if keys and not ledger:
        fail("--ledger-key goes only with --ledger", USAGE)
    if cache and no_cache:
        fail("--cache and --no-cache exclude each other", USAGE)
    kept = Path(cache) if cache else None if no_cache else usual_cache(repo)
    asked = Asked(
        *(repo, revisions, since, until, paths, images, environment, repository),
        ledger=ledger,
        keys=keys,
        evidence=with_evidence,
        controls=own or "",
        floor=floor or "",
        fetch=fetch,
        cache=kept,
        notice=_notice,
    )
    with said(), _opened(output) as sink:
        code = _moment(asked, at, form, sink) if at else _events(asked, form, own, sink)
    sys.exit(code)


@dataclass(slots=True)
class _Sink:
    """Where the report goes; what was written is hashed."""

    stream: BinaryIO
    hashed: hashlib._Hash = field(default_factory=hashlib.sha256)

    def write(self, text: str) -> None:
        """Write a piece at once, so that whoever reads along sees it."""
        content = text.encode("utf-8", "backslashreplace")
        self.hashed.update(content)
        try:
            self.stream.write(content)
            self.stream.flush()
        except BrokenPipeError:
            # Whoever read along wants no more: nothing is left to say, and the answer is not whole.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(CANNOT_TELL)
        except OSError as error:
            fail(f"the report cannot be written ({error.strerror})", CANNOT_TELL)


@contextlib.contextmanager
def _opened(output: str | None) -> Iterator[_Sink]:
    """Yield where to write: a file takes its name once it is whole, and its hash is said.

    A link stays one. What is no file, such as a device, is written to as it is: nothing takes its place.
    """
    if output is None and sys.stdout is None:
        fail("there is no standard output to write to", USAGE)
    if output is None:
        yield _Sink(sys.stdout.buffer)
        return
    target = Path(output).resolve()
    if Path(output).exists() and not Path(output).is_file():
        with Path(output).open("wb", buffering=0) as there:
            yield _Sink(there)
        return
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        stream = part.open("xb")
    except OSError as error:
        fail(f"{output} cannot be written ({error.strerror})", USAGE)
    try:
        with stream:
            sink = _Sink(stream)
            yield sink
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    click.echo(f"assay: {_shown(output)}: sha256:{sink.hashed.hexdigest()}", err=True)


def _events(asked: Asked, form: str, own: str | None, sink: _Sink) -> int:
    from app.bootstrap.history_report import controls, report_of  # noqa: PLC0415 - slow
    from app.render.history import FROM_LINES, writer_of  # noqa: PLC0415 - slow
    from app.render.plain import counted  # noqa: PLC0415 - slow

    writer = writer_of(form, controls(own))
    with report_of(asked, settings) as report:
        gaps = _Gaps(each=form == "jsonl")
        from_lines = FROM_LINES.get(form)

        def write() -> None:
            told = writer(report.scope, gaps.counted(report.stream))
            if from_lines is not None:
                told = from_lines(report.scope, gaps.counted(report.lines))
            for piece in told:
                sink.write(piece)

        if form == "jsonl":
            write()
        else:
            with_progress("reading the history", write)
    if gaps.count and form != "jsonl":
        click.echo(f"assay: {counted(gaps.count, 'place')} could not be read: the answer is incomplete", err=True)
    return CANNOT_TELL if gaps.count else PASS


@dataclass(slots=True)
class _Gaps:
    """Counts the gaps of a stream; `each` is said on standard error, as is what nobody can see from git."""

    each: bool
    count: int = 0

    def counted(self, stream: Iterable[_T | Gap]) -> Iterator[_T | Gap]:
        """Yield the stream as it is."""
        from app.core.history import Gap, Unseen  # noqa: PLC0415 - slow
        from app.render.history import gap_line  # noqa: PLC0415 - slow

        for one in stream:
            if isinstance(one, Gap):
                unseen = isinstance(one, Unseen)
                self.count += not unseen
                if self.each:
                    click.echo(f"assay: not {'seen' if unseen else 'read'}: {_shown(gap_line(one))}", err=True)
            yield one


def _moment(asked: Asked, at: str, form: str, sink: _Sink) -> int:
    from app.bootstrap.history_report import moment_at  # noqa: PLC0415 - slow
    from app.render.history import IN_FORCE_FORMATS  # noqa: PLC0415 - slow

    found = with_progress("reading", lambda: moment_at(asked, at))
    sink.write(IN_FORCE_FORMATS[form](found))
    return CANNOT_TELL if found.found.gaps else PASS


def _notice(sentence: str) -> None:
    click.echo(f"assay: {_shown(sentence)}", err=True)


def _shown(text: str) -> str:
    from app.render.plain import visible  # noqa: PLC0415 - slow

    return visible(text)
