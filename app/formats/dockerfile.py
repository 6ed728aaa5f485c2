"""Dockerfile and Containerfile: `FROM`, `COPY --from`, the frontend, and arguments with a default before them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from app.core.inventory import ImageLines, ImageUse
from app.core.yaml import Scalar
from app.formats.base import Claim, Place, problem, recognised

NAME = "dockerfile"

# No reference is as long. What is, is cut or left alone: a name that is used again and again would grow to gigabytes.
_TOO_LONG = 1025

_FILE = re.compile(r"(?:.*[./-])?(?:dockerfile|containerfile)(?:[.-].*)?", re.IGNORECASE)
_SYNTAX = re.compile(r"#\s*syntax\s*=\s*(\S+)", re.IGNORECASE)
_ARGUMENT = re.compile(r"(\w+)=[\"']?([^\s\"']*)")
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?-([^{}]*))?\}|(\w+))")
_COPIED = re.compile(r"(?:--|,)from=([^\s,]+)")
_HEREDOC = re.compile(r"(?:^|\s)\d?<<-?[\"']?(\w+)")


def matches(path: str) -> bool:
    """Whether a file is named as build files are: `Dockerfile`, `api.Dockerfile`, `Dockerfile.cuda`."""
    return _FILE.fullmatch(path.rpartition("/")[2]) is not None


def extract(path: str, text: str) -> Iterator[ImageUse]:
    """Return the images that a build starts from or copies from; stages of the file itself are no images."""
    build = _Build(Place(path, NAME))
    for number, line in _instructions(text):
        syntax = _SYNTAX.fullmatch(line)
        if syntax is not None:
            yield from build.image("syntax", syntax[1], number)
            continue
        word, *after = line.split(maxsplit=1) or [""]
        if word.upper() == "ONBUILD":
            word, *after = "".join(after).split(maxsplit=1) or [""]
        rest = "".join(after)
        match word.upper():
            case "ARG":
                build.arguments(rest, number)
            case "FROM":
                yield from build.start(rest.split(), number)
            case "COPY" | "RUN":
                yield from build.copy(rest, number)
            case _:
                pass


def _instructions(text: str) -> Iterator[tuple[int, str]]:
    """Join continued lines, and pass over here-documents and comments (but for the frontend's, which is first)."""
    started, parts, ends = 0, list[str](), ""
    lines = [line.strip() for line in text.split("\n")]
    # Looked up and never searched for: a file of nothing but such beginnings would be searched line by line.
    last = {line: number for number, line in enumerate(lines, 1)}
    for number, line in enumerate(lines, 1):
        if ends:
            ends = "" if line == ends else ends
            continue
        if not line or (line.startswith("#") and (parts or _SYNTAX.fullmatch(line) is None)):
            continue
        started = started if parts else number
        parts.append(line.removesuffix("\\").strip())
        if line.endswith("\\"):
            continue
        whole, parts = " ".join(parts), []
        heredoc = _HEREDOC.search(whole)
        # One that never ends would hide all that follows; it is none.
        if heredoc and whole[:4].upper().startswith(("RUN", "COPY", "ADD")) and last.get(heredoc[1], 0) > number:
            ends = heredoc[1]
        yield started, whole
    if parts:
        yield started, " ".join(parts)


@dataclass(frozen=True, slots=True)
class _Default:
    """What an argument stands for when nobody sets it; `parts` are the lines that say it, were it a reference."""

    text: str
    parts: ImageLines


@dataclass(slots=True)
class _Build:
    """What a build file has said so far: arguments with defaults and their lines, names of stages."""

    place: Place
    defaults: dict[str, _Default] = field(default_factory=dict)
    stages: set[str] = field(default_factory=set)

    def arguments(self, rest: str, number: int) -> None:
        """Keep the defaults of arguments; only those before the first stage reach a `FROM`."""
        if not self.stages:
            for match in _ARGUMENT.finditer(rest):
                text = match[2][:_TOO_LONG]
                self.defaults[match[1]] = _Default(self._filled(text), self._parts(text, number))

    def start(self, words: list[str], number: int) -> Iterator[ImageUse]:
        """Start a stage: `FROM [--platform=…] image [AS name]`."""
        words = [word for word in words if not word.startswith("--")]
        if not words:
            return
        name = words[0]
        stage = words[2].lower() if words[1:2] and words[1].upper() == "AS" and words[2:] else ""
        if name.lower() not in self.stages and name != "scratch":
            yield from self.image(f"FROM[{stage or len(self.stages)}]", name, number)
        self.stages.add(stage or str(len(self.stages)))

    def copy(self, rest: str, number: int) -> Iterator[ImageUse]:
        """Copy or mount from a stage or an image."""
        for match in _COPIED.finditer(rest):
            name = match[1]
            if name.lower() not in self.stages and not name.isdecimal():
                yield from self.image("COPY", name, number)

    def image(self, key: str, written: str, number: int) -> Iterator[ImageUse]:
        """Return the use of an image, at the line of the argument that says it where one does."""
        reference = recognised(self._filled(written), Claim.CERTAIN)
        place, parts = self.place.into(key), self._parts(written, number)
        if reference is None:
            scalar = Scalar(written, number, text_line=self._last(written, number))
            why = problem(self._filled(written).replace("$", "${"), strict=True)
            yield place.unclear(scalar, why or "the image is filled in elsewhere")
            return
        tag, digest = (parts.tag if reference.tag else 0), (parts.digest if reference.digest else 0)
        scalar = Scalar(written, number, text_line=tag or digest or parts.name)
        use = place.use(reference, scalar)
        lines = {*use.lines, parts.name, tag, digest} - {0}
        yield replace(use, lines=tuple(sorted(lines)), parts=ImageLines(parts.name, tag, digest))

    def _last(self, written: str, number: int) -> int:
        lines = [self.defaults[name].parts.name for name in _names(written) if name in self.defaults]
        return lines[-1] if lines else number

    def _filled(self, written: str) -> str:
        return written if len(written) >= _TOO_LONG else _VARIABLE.sub(self._value, written)[:_TOO_LONG]

    def _value(self, match: re.Match[str]) -> str:
        name = match[1] or match[3]
        return self.defaults[name].text if name in self.defaults else (match[2] or match[0])

    def _parts(self, written: str, number: int) -> ImageLines:
        """Return the lines of name, tag and digest: those of the arguments that stand in each part."""
        if len(written) >= _TOO_LONG or "$" not in written:
            return ImageLines(number, number, number)
        masked = _VARIABLE.sub(lambda match: "v" * len(match[0]), written)
        at = masked.find("@") if "@" in masked else len(masked)
        colon = masked.find(":", masked.rfind("/", 0, at) + 1, at)
        colon = at if colon < 0 else colon
        name = tag = digest = number
        for match in _VARIABLE.finditer(written):
            known = self.defaults.get(match[1] or match[3])
            if known is None:
                continue
            if match.start() > at:
                digest = known.parts.name
            elif match.start() > colon:
                tag = known.parts.name
            else:
                # A reference in one argument brings what the rest of the text does not say itself.
                name = known.parts.name
                tag = known.parts.tag if colon == at else tag
                digest = known.parts.digest if at == len(masked) else digest
        return ImageLines(name, tag, digest)


def _names(text: str) -> list[str]:
    return [match[1] or match[3] for match in _VARIABLE.finditer(text)]
