"""How a command ends: exit codes, one sentence for what was expected to go wrong, signs of life meanwhile."""

from __future__ import annotations

import errno
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import click

from app.core.errors import Error, InvalidReference, PolicyError, Unavailable

if TYPE_CHECKING:
    from app.settings import Settings

PASS: Final = 0
FAIL: Final = 1
USAGE: Final = 2
CANNOT_TELL: Final = 3
PATIENCE: Final = 1.0
"""Seconds after which a terminal is told that the work goes on."""

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})
_T = TypeVar("_T")


class Door(click.Group):
    """The group of all commands: a bug of ours ends as "could not tell", for Python's own code would say "fail"."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        """Run the command; what nobody expected is shown whole and exits 3."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:  # noqa: BLE001 - the door behind which every bug ends
            if isinstance(error, OSError) and error.errno in _NO_ROOM:
                _forget_what_waits()
                fail(f"the answer could not be written ({error.strerror})", CANNOT_TELL)
            click.echo(traceback.format_exc(), err=True, nl=False)
            fail("this is a bug of Assay; please report the lines above", CANNOT_TELL)


def _forget_what_waits() -> None:
    """Let what is still to be written go nowhere: Python would try again at its end, and end with a code of its own."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


@contextmanager
def said() -> Iterator[None]:
    """Turn what is expected to go wrong into one sentence and an exit code."""
    try:
        yield
    except (PolicyError, InvalidReference) as error:
        fail(str(error), USAGE)
    except Unavailable as error:
        fail(error.sentence, USAGE if error.permanent else CANNOT_TELL)
    except Error as error:
        fail(error.sentences, USAGE)


def fail(sentences: str | tuple[str, ...], code: int) -> NoReturn:
    """Say one sentence, or each of several, on standard error and exit."""
    from app.render.plain import visible  # noqa: PLC0415 - slow

    for sentence in (sentences,) if isinstance(sentences, str) else sentences:
        click.echo(f"assay: {visible(sentence)}", err=True)
    sys.exit(code)


def settings() -> Settings:
    """Read the environment; raises `SettingsError`."""
    from app import settings as values  # noqa: PLC0415 - slow

    return values.read(os.environ)


def registered_settings() -> Settings:
    """Read the environment and the registration file, for what acts as the App; raises `SettingsError`."""
    from app import settings as values  # noqa: PLC0415 - slow

    return values.read_registered(os.environ)


def with_progress(what: str, work: Callable[[], _T], patience: float = PATIENCE) -> _T:
    """Do the work; on a terminal, say that it goes on when it takes longer than `patience` seconds."""
    over = threading.Event()

    def tell() -> None:
        if not over.wait(patience):
            click.echo(f"assay: {what} …", err=True)

    if sys.stderr.isatty():
        threading.Thread(target=tell, daemon=True).start()
    try:
        return work()
    finally:
        over.set()
