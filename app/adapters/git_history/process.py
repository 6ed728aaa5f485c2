"""The git program over a repository whose own configuration takes no part.

Revisions are resolved in the repository itself. Everything else is asked in a folder of our own that borrows its
objects: no hook, filter, alias, external program or promisor remote of the repository is ever configured there, so
nothing of it runs and nothing is fetched (AT-170, AT-205). Only object ids are passed (AT-171).
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from app.adapters.git_environment import ENVIRONMENT as ALONE
from app.core.errors import Unavailable

ENVIRONMENT: Final = ALONE | {
    "GIT_NO_LAZY_FETCH": "1",
    # Releases of git that do not know the line above would fetch: over no protocol at all.
    "GIT_ALLOW_PROTOCOL": "none",
}
_SAFE: Final = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    # A file beside the objects may say other parents than the commits do.
    *("-c", "core.commitGraph=false"),
    # What is larger is streamed by git, not held.
    *("-c", "core.bigFileThreshold=2m"),
)
_NOT_FOUND: Final = "the git program is not installed"
_AT_ONCE: Final = 1 << 16
_DYING: Final = 5.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How long git may say nothing, in seconds, how many bytes of one answer are held, and how many git may hold.

    An answer of so many bytes is what git says of a commit that changes a quarter of a million files. What git says
    nothing about is passed over, so many times; then nothing more is read. `program` is git, by its name or its path.
    """

    seconds: float = 60.0
    answer: int = 32 * 1024 * 1024
    memory: int = 1024 * 1024 * 1024
    silences: int = 10
    program: str = "git"


@dataclass(frozen=True, slots=True)
class Place:
    """Where git runs: the arguments that name it, and the environment."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    limits: Limits

    @classmethod
    def of(cls, folder: str, limits: Limits) -> Place:
        """Return a repository of somebody, to ask which objects it has and what its names stand for."""
        return cls(("-C", folder), ENVIRONMENT, limits)

    def command(self, *arguments: str) -> list[str]:
        """Return the whole command."""
        return [self.limits.program, *self.arguments, *_SAFE, *arguments]

    def answer(self, *arguments: str, stdin: bytes = b"") -> tuple[int, bytes, str]:
        """Run git to its end: its code, what it printed, and the last line that it complained."""
        try:
            done = subprocess.run(  # noqa: S603 - a list, no shell; the program is git by name on a fixed PATH
                self.command(*arguments),
                input=stdin,
                capture_output=True,
                env=self.environment,
                timeout=self.limits.seconds,
                check=False,
            )
        except FileNotFoundError as error:
            raise Unavailable(_NOT_FOUND, permanent=True) from error
        except subprocess.TimeoutExpired as error:
            raise _late(self.limits) from error
        return done.returncode, done.stdout, _last_line(done.stderr)

    def start(self, *arguments: str) -> Running:
        """Start git and talk with it; nothing that it says is held beyond what is read."""
        complaints = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the program
        try:
            child = subprocess.Popen(  # noqa: S603 - as above
                self.command(*arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                env=self.environment,
                bufsize=0,
            )
        except FileNotFoundError as error:
            complaints.close()
            raise Unavailable(_NOT_FOUND, permanent=True) from error
        # Without this, two huge files that are alike would be held at once, whole.
        with contextlib.suppress(OSError, ValueError):  # it has ended, or may hold less than that already
            resource.prlimit(child.pid, resource.RLIMIT_DATA, (self.limits.memory, self.limits.memory))
        return Running(child, complaints, self.limits)


class Over(Unavailable):
    """An answer took longer, or was longer, than it may be."""


class Late(Over):
    """Git said nothing for too long."""


class Ended(Exception):
    """The program came to an end in the middle of an answer; the sentence is its last complaint."""


@dataclass(slots=True)
class Running:
    """A git program that answers line by line or by length; every wait is bounded."""

    child: subprocess.Popen[bytes]
    complaints: IO[bytes]
    limits: Limits
    owner: int = field(default_factory=os.getpid)
    _buffer: bytearray = field(default_factory=bytearray)

    @property
    def ours(self) -> bool:
        """Whether this process started it; one that was forked later must not talk over the same pipes."""
        return self.owner == os.getpid()

    def say(self, text: bytes) -> None:
        """Write to it; raises `Ended`."""
        stdin = self.child.stdin
        assert stdin is not None  # noqa: S101 - it was asked for
        try:
            left = memoryview(text)
            while left:
                left = left[stdin.write(left) :]
        except BrokenPipeError:
            raise Ended(self.complaint()) from None

    def close_input(self) -> None:
        """Say no more."""
        if self.child.stdin is not None:
            self.child.stdin.close()

    def until(self, mark: bytes) -> bytes:
        """Return what it says up to a mark, without it; raises `Ended` and `Over`."""
        start = 0
        while True:
            at = self._buffer.find(mark, start)
            if (at if at >= 0 else len(self._buffer)) > self.limits.answer:
                raise _long(self.limits)
            if at >= 0:
                found = bytes(self._buffer[:at])
                del self._buffer[: at + len(mark)]
                return found
            start = max(0, len(self._buffer) - len(mark) + 1)
            if not self._more():
                raise Ended(self.complaint())

    def exactly(self, size: int) -> bytes:
        """Return so many bytes; raises `Ended`."""
        while len(self._buffer) < size:
            if not self._more():
                raise Ended(self.complaint())
        found = bytes(self._buffer[:size])
        del self._buffer[:size]
        return found

    def skip(self, size: int) -> None:
        """Pass over so many bytes, holding none of them; raises `Ended`."""
        while size:
            if not self._buffer and not self._more():
                raise Ended(self.complaint())
            some = min(size, len(self._buffer))
            del self._buffer[:some]
            size -= some

    def left(self) -> bytes:
        """Return and forget what was read and not yet asked for."""
        found = bytes(self._buffer)
        self._buffer.clear()
        return found

    def rest(self) -> bytes:
        """Return what it says until its end; raises `Over`."""
        while self._more() and len(self._buffer) <= self.limits.answer:
            pass
        if len(self._buffer) > self.limits.answer:
            raise _long(self.limits)
        return self.left()

    def parts(self, mark: bytes) -> Iterator[bytes]:
        """Yield what it says until its end, cut at a mark."""
        while True:
            *whole, rest = self._buffer.split(mark)
            self._buffer = bytearray(rest)
            yield from (bytes(one) for one in whole)
            if not self._more():
                break

    def complaint(self) -> str:
        """Return the last line that it complained; waits for its end, a little."""
        try:
            self.child.wait(min(self.limits.seconds, 5.0))
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        size = self.complaints.seek(0, os.SEEK_END)
        self.complaints.seek(max(0, size - 4096))
        return _last_line(self.complaints.read())

    def end(self) -> None:
        """End it, if it has not ended."""
        for pipe in (self.child.stdin, self.child.stdout):
            if pipe is not None:
                pipe.close()
        self.child.kill()
        # One that waits for a dead disk does not even die.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.child.wait(_DYING)
        self.complaints.close()

    def _more(self) -> bool:
        stdout = self.child.stdout
        assert stdout is not None  # noqa: S101 - it was asked for
        waiting = select.poll()
        waiting.register(stdout.fileno(), select.POLLIN)
        if not waiting.poll(self.limits.seconds * 1000):
            raise _late(self.limits)
        found = os.read(stdout.fileno(), _AT_ONCE)
        self._buffer += found
        return bool(found)


def borrowed(folder: str, home: Path, limits: Limits) -> Place:
    """Make a folder of our own in `home` that has the objects of a repository, and nothing else of it.

    Raises `Unavailable` (permanent) when there is no repository.
    """
    objects, shallow, form = (_told(Place.of(folder, limits), question) for question in _QUESTIONS)
    place = begun(home / "repository", form)
    environment = {**ENVIRONMENT, "GIT_DIR": str(place), "GIT_OBJECT_DIRECTORY": objects}
    if os.path.exists(shallow):  # noqa: PTH110 - a path as bytes may need it
        environment["GIT_SHALLOW_FILE"] = shallow
    return Place((), environment, limits)


def begun(place: Path, form: str, extension: str = "") -> Path:
    """Make an empty bare repository for ids of this form, without asking git."""
    for name in ("objects", "refs"):
        (place / name).mkdir(parents=True, exist_ok=True)
    (place / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")
    extensions = "".join(
        f"\t{one}\n" for one in (f"objectFormat = {form}" if form == "sha256" else "", extension) if one
    )
    version, more = ("1", f"[extensions]\n{extensions}") if extensions else ("0", "")
    (place / "config").write_text(
        f"[core]\n\trepositoryformatversion = {version}\n\tbare = true\n{more}", encoding="ascii"
    )
    return place


def form_of(folder: str, limits: Limits) -> str:
    """Return the form of a repository's ids: `sha1` or `sha256`."""
    return _told(Place.of(folder, limits), _FORM)


_FORM: Final = ("--show-object-format",)
_QUESTIONS: Final = (
    ("--path-format=absolute", "--git-path", "objects"),
    ("--path-format=absolute", "--git-path", "shallow"),
    _FORM,
)


def _told(place: Place, question: tuple[str, ...]) -> str:
    code, output, said = place.answer("rev-parse", *question)
    if code:
        raise Unavailable(f"{place.arguments[-1]!r} is no git repository{': ' + said if said else ''}", permanent=True)
    return output.decode("utf-8", "surrogateescape").removesuffix("\n")


def _late(limits: Limits) -> Late:
    return Late(f"git did not answer within {limits.seconds:g} seconds")


def silenced(limits: Limits) -> Unavailable:
    """Say that git said nothing so often that nothing more is read."""
    return Unavailable(
        f"git did not answer within {limits.seconds:g} seconds, {limits.silences + 1} times: nothing more is read. "
        "Is the disk in order?"
    )


def _long(limits: Limits) -> Over:
    return Over(f"git's answer is longer than {limits.answer:,} bytes")


def _last_line(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""
