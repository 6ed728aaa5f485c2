"""Scripts, makefiles and units: whole references, and what a container command runs or pulls."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.core.inventory import ImageUse
from app.core.yaml import Scalar
from app.formats.base import Claim, Place, find_mentions, recognised, without_scheme

NAME = "script"

_ENDINGS = (
    *(".sh", ".bash", ".zsh", ".ksh", ".fish", ".ps1", ".psm1", ".bat", ".cmd", ".mk", ".mak", ".make", ".just"),
    *(".service", ".socket", ".timer"),
)
_NAMES = frozenset({"makefile", "gnumakefile", "justfile", "earthfile", "procfile", "snakefile", "brewfile"})
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


def matches(path: str) -> bool:
    """Whether a file is a script, a makefile or a systemd unit by its name."""
    last = path.rpartition("/")[2].lower()
    return last.endswith(_ENDINGS) or last in _NAMES or last.startswith(("makefile.", "justfile."))


def extract(path: str, text: str) -> Iterator[ImageUse]:
    """Return the images that a script names with a registry and a tag or a digest, or hands to a container command."""
    place = Place(path, NAME)
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
