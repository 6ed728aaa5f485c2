"""Rego code: compared as the clauses that it consists of, without comments and white space that mean nothing.

Only what can be seen without running it is said: that nothing changed but messages, that a clause which finds
violations came or went, that one of them asks for more before it finds one. Everything else cannot be told.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_TOKENS = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\\n])*"|`[^`]*`)|(?P<comment>\#[^\n]*)|(?P<newline>\n)|(?P<space>[^\S\n]+)
    |(?P<word>\w+|:=|==|!=|<=|>=|[^\w\s])""",
    re.VERBOSE,
)
_OPENING, _CLOSING = frozenset("{[("), frozenset("}])")
# `a [0]` is not `a[0]`: white space before these means something after a word.
_BOUND = frozenset("[(.")
_END = "\n"
_GAP = " "
Clause = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """One module: its clauses that find violations, and all others."""

    violations: tuple[Clause, ...]
    others: tuple[Clause, ...]

    @classmethod
    def of(cls, text: str) -> Code:
        """Read a module; messages that a violation only shows are left out."""
        found: list[Clause] = []
        for clause in _clauses(_tokens(text)):
            if clause[0] == "else" and found:
                # It belongs to the rule before it, wherever that stands.
                found[-1] += clause
            else:
                found.append(_without_message(clause))
        return cls(
            tuple(clause for clause in found if clause[0] == "violation"),
            tuple(clause for clause in found if clause[0] != "violation"),
        )

    @property
    def self_contained(self) -> bool:
        """Whether nothing but their heads speaks of violations."""
        bodies = [*self.others, *(clause[1:] for clause in self.violations)]
        return all("violation" not in body for body in bodies)


def difference(before: str, after: str) -> str:
    """Return `same`, `fewer`, `more`, `narrower` or `unknown`: what became of the clauses that find violations."""
    old, new = Code.of(before), Code.of(after)
    more, fewer = (Counter(one.violations) - Counter(other.violations) for one, other in ((new, old), (old, new)))
    if Counter(old.others) != Counter(new.others) or not (old.self_contained and new.self_contained):
        return "same" if old == new else "unknown"
    if not more and not fewer:
        return "same"
    if not more or not fewer:
        return "more" if more else "fewer"
    return "narrower" if _all_narrower(list(fewer.elements()), list(more.elements())) else "unknown"


def _all_narrower(olds: Sequence[Clause], news: Sequence[Clause]) -> bool:
    return len(olds) == len(news) and all(_narrower(*pair) for pair in zip(olds, news, strict=True))


def _narrower(old: Clause, new: Clause) -> bool:
    """Say whether a clause is another one with more statements, of which none is a negation."""
    rest = iter(_statements(new))
    added: list[Clause] = []
    for wanted in _statements(old):
        for statement in rest:
            if statement == wanted:
                break
            added.append(statement)
        else:
            return False
    added += rest
    return bool(added) and not any("not" in statement for statement in added)


def _statements(clause: Clause) -> list[Clause]:
    found: list[list[str]] = [[]]
    for token in clause:
        if token == _END:
            found.append([])
        else:
            found[-1].append(token)
    return [tuple(one) for one in found if one]


def _tokens(text: str) -> Iterator[str]:
    """Return the words of a text; the end of a line that has any is a word, and so is a gap that means something."""
    last, gap = _END, False
    for found in _TOKENS.finditer(text):
        token, kind = found[0], found.lastgroup
        if kind == "comment":
            if "METADATA" in token:
                yield token
            continue
        if kind == "space":
            gap = True
            continue
        if kind == "newline":
            if last != _END:
                yield _END
            last, gap = _END, False
            continue
        if gap and token in _BOUND and (last[-1].isalnum() or last[-1] in '_"`)]}'):
            yield _GAP
        yield token
        last, gap = token, False


def _clauses(tokens: Iterator[str]) -> Iterator[Clause]:
    """Return what stands at the outermost level, one rule, import or package each."""
    clause: list[str] = []
    depth = 0
    for token in tokens:
        depth += (token in _OPENING) - (token in _CLOSING)
        if token == _END and depth <= 0:
            yield tuple(clause)
            clause, depth = [], 0
        else:
            clause.append(token)
    if clause:
        yield tuple(clause)


def _without_message(clause: Clause) -> Clause:
    """Leave out the text of `msg := "…"` or `msg := sprintf("…", …)` where the head only shows `msg`."""
    head = ("violation", "[", "{", '"msg"', ":", "msg")
    if clause[: len(head)] != head or clause.count("msg") != 2:  # noqa: PLR2004 - in the head, and where it is made
        return clause
    at = clause.index("msg", len(head))
    if clause[at - 1] != _END or clause[at + 1 : at + 2] not in ((":=",), ("=",)):
        return clause
    text = at + 4 if clause[at + 2 : at + 4] == ("sprintf", "(") else at + 2
    plain = text < len(clause) and clause[text][0] in '"`'
    ends = clause[text + 1 : text + 2] in ((",",), (_END,), ("}",))
    return (*clause[:text], '""', *clause[text + 1 :]) if plain and ends else clause
