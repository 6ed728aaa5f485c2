"""Images in commands: whole references anywhere, and what a container command runs or pulls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from app.core.inventory import ImageUse
from app.core.yaml import Scalar, Style
from app.formats.base.mentions import find_mentions, without_scheme
from app.formats.base.place import Place
from app.formats.base.reference import Claim, recognised

_COMMANDS = re.compile(
    r"(?:\b(?:docker|podman|nerdctl)(?:\s+--?\S+){0,5}\s+(?:(?:container|image)\s+)?(?:run|pull|create)|^\s*FROM)\s"
)
_WITH_VALUE = frozenset(
    {
        *("-u", "--user", "-p", "--publish", "-v", "--volume", "--network", "--net", "--pid", "--ipc", "--uts"),
        *("--userns", "-e", "--env", "-l", "--label", "-w", "--workdir", "--name", "-h", "--hostname", "--add-host"),
        *("--entrypoint", "--mount", "--device", "--security-opt", "--link", "--volumes-from", "--cgroupns", "AS"),
    }
)


def find_commands(text: str, place: Place) -> Iterator[ImageUse]:
    """Return the images that lines of commands name with a tag or a digest; comments are left out."""
    known: set[tuple[int, str]] = set()
    for use in find_mentions(text, place, ("#",)):
        if use.problem is None and (use.tag is not None or use.digest is not None):
            known.add((use.line, without_scheme(use.written)))
            yield use
    goes_on = False
    for number, line in enumerate(text.split("\n"), 1):
        command = _COMMANDS.search(line)
        words = line[command.end() :] if command else line if goes_on else ""
        goes_on = bool(command or goes_on) and line.rstrip().endswith("\\")
        written = "" if line.lstrip().startswith("#") else _image(words)
        reference = recognised(written, Claim.LIKELY) if written else None
        if reference is not None:
            goes_on = False
            if (number, written) not in known:
                yield place.into("command").use(reference, Scalar(written, number, text_line=number))


def find_commands_in(scalar: Scalar, place: Place) -> Iterator[ImageUse]:
    """Return the images of the commands in a text of a document, at their lines where the text shows them."""
    lines = scalar.text.split("\n")
    blank = next((number for number, line in enumerate(lines) if line.strip()), 0)
    for use in find_commands(scalar.text, place):
        line = scalar.text_line + use.line - 1 - blank if scalar.style is Style.LITERAL else scalar.place
        yield replace(use, line=line, lines=(line,))


def _image(words: str) -> str:
    """Return the first word that names an image with a version; what belongs to an option is none."""
    before = ""
    for word in words.split():
        bare = word.strip("\"'`();|&")
        if before not in _WITH_VALUE and not bare.startswith("-") and "=" not in bare:
            name = bare.partition(":")[0]
            if not name.isdecimal() and recognised(bare, Claim.LIKELY) is not None:
                return bare
        before = word
    return ""
