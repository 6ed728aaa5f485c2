"""Controls of catalogues and which facts are evidence for each: data that whoever runs the report can extend."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from app.core.errors import PolicyError, Unreadable
from app.core.yaml import Mapping as MappingNode
from app.core.yaml import Node, Scalar, Sequence, read
from app.render.history.facts import FACTS

MAX_CONTROLS: Final = 500
ASKED_FOR: Final = (
    "Approvals that no rule asked for, of merges whose record does not hold them: older records, and assessments alone."
)

_KEYS: Final = frozenset({"id", "catalogue", "title", "evidence", "against", "not-shown"})
_LONGEST: Final = 600
_NOT_TOKEN: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Control:
    """One control. `evidence` are the facts that speak to it; one of `against` says that it was not kept to.

    `not_shown` says in sentences what the control asks for and nothing here tells.
    """

    id: str
    catalogue: str
    title: str
    evidence: tuple[str, ...]
    against: tuple[str, ...] = ()
    not_shown: tuple[str, ...] = ()

    def missing(self, counts: Mapping[str, int]) -> tuple[str, ...]:
        """Say what the control asks for and is not shown, with what is not known of these very events."""
        unknown = counts.get("approvals_unknown", 0)
        said = (f"Who approved: of {unknown:,} commits it is not known.",) if unknown else ()
        said = (*said, ASKED_FOR) if counts.get("unapproved", 0) else said
        return (*said, *self.not_shown) if "approved" in self.evidence else self.not_shown

    @property
    def token(self) -> str:
        """The id as OSCAL writes one: NIST's in lower case, every other with its catalogue before it."""
        if self.catalogue.startswith("NIST SP 800-53"):
            return _token(self.id.lower())
        return _token(f"{self.catalogue}_{self.id}")


def read_controls(path: str, text: str) -> tuple[Control, ...]:
    """Read a file of controls; raises `PolicyError` with the line of what is wrong."""
    try:
        documents = read(text)
    except Unreadable as error:
        raise PolicyError(error.reason, path=path, line=error.line or 0) from error
    root = documents[0] if len(documents) == 1 else None
    if not isinstance(root, MappingNode):
        raise PolicyError("it must be one mapping with `version` and `controls`", path=path, line=1)
    entries = _fields(path, root, frozenset({"version", "controls"}))
    version, listed = entries.get("version"), entries.get("controls")
    if not isinstance(version, Scalar) or version.text != "1":
        raise PolicyError("`version: 1` is missing", path=path, line=root.line)
    if not isinstance(listed, Sequence) or len(listed.items) > MAX_CONTROLS:
        raise PolicyError(f"`controls` must be a list of at most {MAX_CONTROLS}", path=path, line=root.line)
    return tuple(_control(path, one) for one in listed.items)


def joined(packaged: Iterable[Control], own: Iterable[Control]) -> tuple[Control, ...]:
    """Put controls together: one of the same catalogue and id replaces the packaged one in its place."""
    found = {(one.catalogue, one.id): one for one in packaged}
    found |= {(one.catalogue, one.id): one for one in own}
    return tuple(found.values())


def _token(text: str) -> str:
    found = _NOT_TOKEN.sub("-", text)
    return found if found[:1].isalpha() else f"c{found}"


def _control(path: str, node: Node) -> Control:
    if not isinstance(node, MappingNode):
        raise PolicyError("a control must be a mapping", path=path, line=node.line)
    fields = _fields(path, node, _KEYS)
    missing = sorted({"id", "catalogue", "title", "evidence"} - set(fields))
    if missing:
        raise PolicyError(f"a control lacks `{missing[0]}`", path=path, line=node.line)
    texts = [_text(path, fields[key]) for key in ("id", "catalogue", "title")]
    lists = [_texts(path, fields.get(key)) for key in ("evidence", "against", "not-shown")]
    unknown = sorted({*lists[0], *lists[1]} - set(FACTS))
    if unknown:
        message = f"there is no fact {unknown[0]!r}: {', '.join(sorted(FACTS))}"
        raise PolicyError(message, path=path, line=node.line)
    return Control(texts[0], texts[1], texts[2], lists[0], lists[1], lists[2])


def _fields(path: str, node: MappingNode, known: frozenset[str]) -> Mapping[str, Node]:
    found: dict[str, Node] = {}
    for entry in node.entries:
        key = entry.key
        if key.text not in known:
            raise PolicyError(f"`{key.text}` is not known: {', '.join(sorted(known))} are", path=path, line=key.line)
        found[key.text] = entry.value
    return found


def _texts(path: str, node: Node | None) -> tuple[str, ...]:
    if node is None:
        return ()
    if not isinstance(node, Sequence):
        raise PolicyError("it must be a list", path=path, line=node.line)
    return tuple(_text(path, one) for one in node.items)


def _text(path: str, node: Node) -> str:
    if not isinstance(node, Scalar) or not node.text or len(node.text) > _LONGEST:
        raise PolicyError(f"it must be a text of 1 to {_LONGEST} characters", path=path, line=node.line)
    return node.text
