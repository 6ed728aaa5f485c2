"""CODEOWNERS: who must review which paths. The last rule that matches a path counts, and any of its owners suffices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.core.policy_edit import Effect, PolicyEdit
from app.core.tree import File

NAME = "codeowners"

_PATHS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")


@dataclass(frozen=True, slots=True)
class _Rule:
    """One line: a pattern of paths, and who owns them."""

    pattern: str
    owners: tuple[str, ...]
    line: int

    @property
    def shown(self) -> str:
        return " ".join((self.pattern, *self.owners))


def matches(path: str, text: str) -> bool:  # noqa: ARG001 - an engine like the others
    """Whether a file is one of those that GitHub takes."""
    return path in _PATHS


def compare(before: Sequence[File], after: Sequence[File]) -> Iterable[PolicyEdit]:
    """Return what differs between the files before and after."""
    olds, news = ({file.path: file for file in side} for side in (before, after))
    for path in _PATHS:
        if path in olds and path in news:
            texts = [side[path].text or "" for side in (olds, news)]
            yield from _compared(path, *map(_rules, texts)) if texts[0] != texts[1] else ()
        elif path in olds:
            sentence = "nobody is asked to review by this file any more"
            yield PolicyEdit(path, None, "", _whole(olds[path]), None, Effect.WEAKER, sentence)
        elif path in news:
            yield _new(news[path])


def _whole(file: File) -> str:
    return f"{len(_rules(file.text or ''))} rules"


def _new(file: File) -> PolicyEdit:
    last = file.path == _PATHS[-1]
    effect = Effect.STRONGER if last else Effect.CANNOT_TELL
    sentence = (
        "owners are asked to review" if last else "owners are asked to review; it counts in place of other such files"
    )
    return PolicyEdit(file.path, None, "", None, _whole(file), effect, sentence)


def _rules(text: str) -> tuple[_Rule, ...]:
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        words = _words(line)
        if words:
            found.append(_Rule(words[0], tuple(sorted({owner.lower() for owner in words[1:]})), number))
    return tuple(found)


def _words(line: str) -> list[str]:
    """Return the words of a line before its comment; a space with a backslash before it belongs to its word."""
    found: list[str] = []
    for word in line.replace("\\ ", "\0").split():
        if word.startswith("#"):
            break
        found.append(word.replace("\0", "\\ "))
    return found


def _compared(path: str, old: Sequence[_Rule], new: Sequence[_Rule]) -> Iterator[PolicyEdit]:
    before, after = ({rule.pattern: rule for rule in side} for side in (old, new))
    edits = [*_gone(path, before, after), *_changed(path, before, after), *_added(path, new, before)]
    if _order(old, after) != _order(new, before):
        sentence = "rules are in another order: the last one that matches a path counts"
        edits.append(PolicyEdit(path, None, "order", None, None, Effect.CANNOT_TELL, sentence))
    if not edits:
        edits.append(PolicyEdit(path, None, "", None, None, Effect.NEUTRAL, "only comments or spaces changed"))
    yield from edits


def _order(rules: Sequence[_Rule], others: dict[str, _Rule]) -> list[str]:
    """Return the patterns that both sides have, in the order in which they count."""
    return [rule.pattern for rule in rules if rule.pattern in others]


def _gone(path: str, before: dict[str, _Rule], after: dict[str, _Rule]) -> Iterator[PolicyEdit]:
    for rule in before.values():
        if rule.pattern not in after:
            sentence = "its owners are no longer asked; an earlier rule may count"
            effect = Effect.WEAKER if rule.owners else Effect.CANNOT_TELL
            yield PolicyEdit(path, None, rule.pattern, rule.shown, None, effect, sentence, rule.line)


def _changed(path: str, before: dict[str, _Rule], after: dict[str, _Rule]) -> Iterator[PolicyEdit]:
    for rule in after.values():
        old = before.get(rule.pattern)
        if old is not None and old.owners != rule.owners:
            effect, sentence = _owners(frozenset(old.owners), frozenset(rule.owners))
            yield PolicyEdit(path, None, rule.pattern, old.shown, rule.shown, effect, sentence, rule.line)


def _owners(before: frozenset[str], after: frozenset[str]) -> tuple[Effect, str]:
    if not after:
        return Effect.WEAKER, "nobody owns these paths any more"
    if not before:
        return Effect.STRONGER, "these paths have owners"
    if after < before:
        return Effect.STRONGER, "fewer owners suffice"
    return Effect.WEAKER, "more owners suffice, or others"


def _added(path: str, new: Sequence[_Rule], before: dict[str, _Rule]) -> Iterator[PolicyEdit]:
    for at, rule in enumerate(new):
        if rule.pattern in before:
            continue
        effect, sentence = Effect.CANNOT_TELL, "its owners count in place of those of earlier rules that match"
        if not rule.owners:
            effect, sentence = Effect.WEAKER, "nobody owns these paths, whatever earlier rules say"
        elif at == 0:
            effect, sentence = Effect.STRONGER, "these paths have owners where no later rule matches"
        yield PolicyEdit(path, None, rule.pattern, None, rule.shown, effect, sentence, rule.line)
