"""What is demanded: so many approvals of those people, for a change of these paths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.core.globs import PathGlob, covered, folded
from app.policy.document import Joined, Quorum, Reviewers

_AT_LEAST = " or more"


@dataclass(frozen=True, slots=True)
class Governed:
    """Which paths a demand is about: what `patterns` cover and `named` names; without both of them every path.

    Of that only what `within` covers, when it says anything. `named` are paths, no patterns: a star is a star.
    """

    patterns: tuple[PathGlob, ...] = ()
    named: frozenset[str] = frozenset()
    within: tuple[PathGlob, ...] = ()

    def of(self, paths: Iterable[str]) -> frozenset[str]:
        """Return those of some paths that are governed."""
        found = frozenset(paths)
        if self.patterns or self.named:
            named = {folded(path) for path in self.named}
            around = frozenset(path for path in found if _at_or_around(path, named))
            found = around.union(covered(self.patterns, found))
        return frozenset(covered(self.within, found)) if self.within else found


def _at_or_around(path: str, named: set[str]) -> bool:
    """Say whether a path is one of these, a parent that replaces its directory, or beneath it."""
    here = folded(path)
    return any(one == here or one.startswith(f"{here}/") or here.startswith(f"{one}/") for one in named)


@dataclass(frozen=True, slots=True)
class Need:
    """What is demanded by `rule`, because of `reason`.

    `paths` are those that the pull request touches now, `governed` says which others would belong to them: an approval
    is bound to what both held. `softened` is the clause with which a missing approval is only stated ("observe",
    "solo"); empty when it waits.
    """

    rule: str
    reason: str
    paths: tuple[str, ...]
    quorum: Quorum | Joined
    governed: Governed
    softened: str = ""


def quorums(node: Quorum | Joined) -> Iterator[Quorum]:
    """Return every quorum of a tree."""
    if isinstance(node, Quorum):
        yield node
    else:
        for part in node.parts:
            yield from quorums(part)


def fewest(node: Quorum | Joined, more: int) -> int:
    """Return how few people could do, when each quorum asks for so many `more`; one may count for several."""
    if isinstance(node, Quorum):
        return node.count + more
    counts = [fewest(part, more) for part in node.parts]
    return max(counts) if node.every else min(counts)


def whom_words(whom: Reviewers) -> str:
    """Say who belongs to those who are asked."""
    names = [f"@{name}" for name in (*whom.teams, *whom.users)]
    if whom.permission is not None:
        names.append(f"anyone with the permission {whom.permission.name.lower()}{_AT_LEAST}")
    return " or ".join(names)


def whom_of(node: Quorum | Joined) -> str:
    """Say who can meet a demand."""
    if isinstance(node, Quorum):
        return whom_words(node.reviewers)
    return joined([_counted(part) for part in node.parts], every=node.every)


def _counted(node: Quorum | Joined) -> str:
    words = whom_of(node)
    return f"{node.count} of {enclosed(words)}" if isinstance(node, Quorum) and node.count > 1 else words


def joined(texts: Iterable[str], *, every: bool) -> str:
    """Join with "and" or "or", so that it cannot be read in two ways."""
    parts = list(texts)
    return (" and " if every else " or ").join(parts if len(parts) == 1 else map(enclosed, parts))


def enclosed(text: str) -> str:
    """Put a text of several parts in parentheses."""
    parts = text.replace(_AT_LEAST, "")
    return f"({text})" if " and " in parts or " or " in parts else text
