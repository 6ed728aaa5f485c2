"""Answers to commands, for people: bounded, and whatever others wrote is escaped."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.core.command import Command
from app.render.markdown import bullets, code, prose
from app.render.plain import cut

MOST: Final = 20
_MOST_IMAGES: Final = 10
HELP: Final = """\
| command | does |
|---|---|
| `/assay recheck` | looks at this pull request again |
| `/assay explain RULE` or `/assay explain CVE` | says what was found about a rule or a vulnerability |
| `/assay waive RULE` or `/assay waive CVE` | writes a waiver file to be proposed; it waives nothing by itself |
| `/assay help` | says this |

One command a comment, alone on its line. The author of the pull request and people with write access may ask."""

_VULNERABILITY: Final = re.compile(r"(?=.*\d)[A-Za-z][A-Za-z0-9]*-[A-Za-z0-9:._-]{1,80}", re.ASCII)
_WAIVED_RULE: Final = re.compile(
    r"signature|no-regression|pinned|tag-mismatch|downgrade|moved|bind-repository|unmatched|"
    r"(?:limits|attestations) [\w./:#%?=&~+-]+",
    re.ASCII,
)
_FAILED: Final = frozenset({"BLOCKED", "INCOMPLETE"})
_UNNAMED: Final = re.compile(r"[^a-z0-9]+")

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Judged:
    """The newest record of a pull request, as its document tells it: what is said here was said there."""

    head: str
    document: Json

    @classmethod
    def read(cls, text: str) -> Judged | None:
        """Read a document as it was kept; `None` when it is none."""
        try:
            document = json.loads(text)
        except ValueError:
            return None
        return cls(str(document.get("head", "")), document) if isinstance(document, dict) else None

    def findings(self, command: Command) -> tuple[Json, ...]:
        """Return the findings of the rule that a command names, or that name its vulnerability."""
        word = command.argument.lower()
        naming = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
        return tuple(
            one
            for one in _objects(self.document, "findings")
            # A rule stands there behind its scope's name.
            if word in {rule := str(one.get("rule", "")).lower(), rule.rpartition(": ")[2]}
            or (_VULNERABILITY.fullmatch(word) and naming.search(str(one.get("sentence", "")).lower()))
        )

    def images(self, command: Command) -> tuple[tuple[str, Json], ...]:
        """Return each image in which the vulnerability is that a command names, with the vulnerability."""
        return tuple(
            (str(change.get("repository") or ""), one)
            for change in _objects(self.document, "changes")
            for one in _objects(change, "vulnerabilities", "found", "listed")
            if str(one.get("id", "")).lower() == command.argument.lower()
        )

    def failing(self, command: Command) -> tuple[str, ...]:
        """Return the images that fail by what a command names."""
        keys = {str(one.get("subject", "")) for one in self.findings(command) if one.get("outcome") in _FAILED}
        named = {str(one.get("repository") or "") for one in _objects(self.document, "changes")}
        failing = {name for name in named if name and any(key == name or name in key for key in keys)}
        return tuple(sorted(failing | {name for name, _ in self.images(command) if name}))


def explained(command: Command, judged: Judged) -> str:
    """Say what was found about a rule or a vulnerability."""
    lines = [
        f"{prose(str(one.get('outcome', '')))}: {code(str(one.get('subject', '')) or 'pull request')}: "
        f"{prose(str(one.get('sentence', '')))}" + (f" {prose(str(one['remedy']))}" if one.get("remedy") else "")
        for one in judged.findings(command)
    ]
    lines += [f"{code(image)}: {_vulnerability(one)}" for image, one in judged.images(command)]
    at = f"as judged at {code(judged.head[:7])}"
    if not lines:
        return f"Nothing was found about {code(command.argument)}, {at}."
    return f"About {code(command.argument)}, {at}:\n\n{bullets(lines, MOST)}"


def _vulnerability(one: Json) -> str:
    fix = f"fixed in {code(str(one['fix']))}" if one.get("fix") else "no fix is known"
    package = code(f"{one.get('package', '')} {one.get('version') or ''}".strip())
    return f"{prose(str(one.get('severity', 'unknown')))}, in {package}, {fix}"


@dataclass(frozen=True, slots=True)
class WaiverFile:
    """A waiver that may be proposed: nothing is waived by it before it is reviewed and merged."""

    path: str
    text: str


def waiver(command: Command, images: Iterable[str], owner: str, until: date) -> WaiverFile | None:
    """Write a waiver of what a command names, for these images; `None` where no waiver could say that."""
    word, named = command.argument, tuple(images)[:_MOST_IMAGES]
    if _VULNERABILITY.fullmatch(word) and not _WAIVED_RULE.fullmatch(word):
        scope = {"vulnerabilities": [word], **({"images": list(named)} if named else {})}
    elif _WAIVED_RULE.fullmatch(word) and named:
        scope = {"rules": [word], "images": list(named)}
    else:
        return None
    # JSON is YAML, and escapes whatever a name may hold.
    lists = "".join(f"  {key}: {json.dumps(values)}\n" for key, values in scope.items())
    head = f"version: 1\nowner: {json.dumps(owner)}\nreason: Say why it may pass.\nticket: Say where it is tracked.\n"
    name = _UNNAMED.sub("-", word.lower()).strip("-")[:80]
    return WaiverFile(f".github/assay/waivers/{name}.yml", f"{head}expires: {until.isoformat()}\nscope:\n{lists}")


def proposed(command: Command, file: WaiverFile | None, link: str) -> str:
    """Show a waiver file and where to propose it."""
    if file is None:
        return (
            f"No image of this pull request fails by {code(command.argument)}, or it can be waived by no file: "
            "there is nothing to propose."
        )
    fence = "`" * 3
    return (
        f"Nothing is waived yet. This file waives {code(command.argument)} once it is reviewed and merged:\n\n"
        f"{fence}yaml\n{cut(file.text, 6_000)}{fence}\n\n[Propose {code(file.path)}]({link})."
    )


def _objects(value: object, *path: str) -> tuple[Json, ...]:
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return tuple(one for one in value if isinstance(one, Mapping)) if isinstance(value, list) else ()
