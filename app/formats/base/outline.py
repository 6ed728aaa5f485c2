"""A rough tree of any source text that has keys, brackets and quoted strings: HCL, TypeScript, Python, Jsonnet, TOML.

No language is parsed. What is found are strings, the key or the call that each belongs to, and which bracket lies in
which, so that the search by shape sees `image`, `repository` and `tag` together. Every step is linear in the text.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from app.core.yaml import Entry, Mapping, Node, Scalar, Sequence, Style

_MAX_DEPTH = 64
_LONGEST_LINE_OF_A_WORD = 120
# Stands for what code puts before or behind a string, so that a part of a reference is not taken for the whole.
_REST_OF_TEXT = "${…}"
_CLOSES = {"}": "{", "]": "[", ")": "("}
# A string that never ends is one to the end of its line, so that no text is scanned twice.
_DOUBLE = r'"[^"\\\n]*(?:\\[^\n][^"\\\n]*)*"?'
_SINGLE = r"'[^'\\\n]*(?:\\[^\n][^'\\\n]*)*'?"
_HEREDOC = r"<<[-~]?[\"']?(?P<word>[A-Za-z_]\w*)[\"']?[ \t\r]*\n"
_JOIN = r"(?P<join>\+(?![+=:])|(?<!\.)\.\.(?!\.)|\.(?:format|replace)\b|<>)"
_REST = r"""(?P<name>[A-Za-z_$][\w$]*(?:[.-][\w$]+)*)|(?P<sign>:=|=>|[?+:]?=(?!=)|:(?!:))|(?P<mark>[{}\[\](),;?\n])"""


@dataclass(frozen=True, slots=True)
class Syntax:
    """How a family of languages writes comments and strings.

    `comments` begin one to the end of the line, `blocks` allows `/* … */`; `single` allows strings in single quotes;
    `long` are the quotes of strings of several lines; `heredocs` allows `<<WORD`.
    """

    comments: tuple[str, ...] = ("#", "//")
    blocks: bool = True
    single: bool = True
    long: tuple[str, ...] = ()
    heredocs: bool = False

    def pattern(self) -> re.Pattern[str]:
        """Compile the tokens of this family."""
        parts = [rf"(?P<comment>(?:{'|'.join(re.escape(one) for one in self.comments)})[^\n]*)"]
        parts += [r"(?P<block>/\*)"] if self.blocks else []
        parts += [rf"(?P<long>{'|'.join(re.escape(quote) for quote in self.long)})"] if self.long else []
        parts += [_HEREDOC] if self.heredocs else []
        parts += [rf"(?P<string>{_DOUBLE}{f'|{_SINGLE}' if self.single else ''})", _REST, _JOIN]
        return re.compile("|".join(parts))


@dataclass(slots=True)
class _Block:
    """What lies between two brackets; `labels` are the words and strings since the last key or separator."""

    opened: str
    line: int
    names: tuple[Scalar, ...] = ()
    entries: list[Entry] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)
    labels: list[Scalar] = field(default_factory=list)
    key: Scalar | None = None
    key_ends_line: bool = False
    asked: bool = False
    joined: bool = False

    def add(self, label: Scalar) -> None:
        """Take the next word or string."""
        if self.joined and not label.plain:
            label = replace(label, text=f"{_REST_OF_TEXT}{label.text}")
        self.joined = False
        self.labels.append(label)

    def join(self) -> None:
        """Mark the string before an operator that puts texts together, and the one behind it."""
        if self.labels and not self.labels[-1].plain:
            self.labels[-1] = replace(self.labels[-1], text=f"{self.labels[-1].text}{_REST_OF_TEXT}")
        self.joined = True

    def flush(self, *, keep_key: bool = False) -> None:
        """End a statement: strings belong to its key, or to the block when it has none."""
        before: Scalar | None = None
        for scalar in self.labels:
            # `image 'node:20'` is how Groovy and others call without brackets.
            key = self.key or (before if before is not None and before.plain and before.text else None)
            if not scalar.plain and key is None:
                self.items.append(scalar)
            elif not scalar.plain and key is not None:
                self.entries.append(Entry(key, scalar))
            before = scalar
        self.labels.clear()
        if not keep_key:
            self.key, self.key_ends_line, self.asked = None, False, False

    def sign(self, text: str) -> None:
        """Take what stands before an assignment as its key."""
        strings = any(not label.plain for label in self.labels)
        if text == ":" and self.key is not None and self.asked and strings:
            return self.flush(keep_key=True)  # both ends of a condition are values of one key
        if not self.labels or (self.key is not None and text == "=" and not strings and not self.key_ends_line):
            self.labels.clear()  # the type between a name and its value
            return None
        key = self.labels.pop()
        self.items += _references([key])
        self.flush()
        self.key = key
        return None

    def ends_line(self) -> None:
        """End a statement at the end of a line, unless its value is still to come."""
        if self.labels:
            self.flush()
        else:
            self.key_ends_line = True

    def child(self, opened: str, line: int) -> _Block:
        """Open a block inside, named by the key or by what stands before it."""
        if self.key is not None:
            self.flush(keep_key=True)
            return _Block(opened, line, (self.key,))
        if opened == "{" and any(not label.plain for label in self.labels):
            names = tuple(self.labels)
        else:
            names = tuple(label for label in self.labels[-1:] if label.text)
        self.items += _references(self.labels)
        self.labels.clear()
        return _Block(opened, line, names)

    def node(self) -> Node:
        """Return what was found, the same key twice in two mappings."""
        mappings = list(_mappings(self.entries, self.line))
        nodes: list[Node] = [*mappings, *self.items]
        alone = len(nodes) == 1 and (bool(mappings) or self.opened in ("", "("))
        return nodes[0] if alone else Sequence(tuple(nodes), self.line)


def _references(labels: list[Scalar]) -> list[Scalar]:
    """Return the strings that may be a reference although they stand where a name does."""
    return [label for label in labels if not label.plain and "/" in label.text]


def _mappings(entries: list[Entry], line: int) -> Iterator[Mapping]:
    known: set[str] = set()
    some: list[Entry] = []
    for entry in entries:
        if isinstance(entry.value, Scalar):
            if entry.key.text in known:
                yield Mapping(tuple(some), line)
                known, some = set(), []
            known.add(entry.key.text)
        some.append(entry)
    if some:
        yield Mapping(tuple(some), line)


def rough_tree(text: str, syntax: Syntax, first_line: int = 1) -> Node:
    """Return the rough tree of a text; anything is some tree."""
    return _Outline(text, first_line).read(syntax)


class _Outline:
    """One pass over the tokens of a text."""

    def __init__(self, text: str, first_line: int) -> None:
        self._text = text
        self._first = first_line
        self._breaks = [found.start() for found in re.finditer("\n", text)]
        self._open = [_Block("", first_line)]
        self._too_deep = 0
        self._missing: set[str] = set()
        self._words: dict[str, list[int]] | None = None

    def read(self, syntax: Syntax) -> Node:
        """Read to the end and close what is still open."""
        pattern, at = syntax.pattern(), 0
        while (match := pattern.search(self._text, at)) is not None:
            at = self._take(match)
        while len(self._open) > 1:
            self._close()
        self._open[0].flush()
        return self._open[0].node()

    def _line(self, offset: int) -> int:
        return bisect.bisect_left(self._breaks, offset) + self._first

    def _take(self, match: re.Match[str]) -> int:
        block, kind = self._open[-1], match.lastgroup
        if kind in ("block", "long", "word"):
            return self._take_long(match)
        if kind == "string":
            quote = match[0][0]
            inner = match[0][1:].removesuffix(quote)
            line = self._line(match.start())
            block.add(Scalar(inner, line, Style.QUOTED, text_line=line))
        elif kind == "name":
            line = self._line(match.start())
            block.add(Scalar(match[0], line, text_line=line))
        elif kind == "sign":
            block.sign(match[0])
        elif kind == "join":
            block.join()
        elif kind == "mark":
            self._mark(match[0], match.start())
        return match.end()

    def _mark(self, mark: str, offset: int) -> None:
        block = self._open[-1]
        if mark == "\n":
            block.ends_line()
        elif mark == "?":
            block.asked = True
        elif mark in ",;":
            block.flush()
        elif mark in _CLOSES:
            self._end(_CLOSES[mark])
        elif len(self._open) > _MAX_DEPTH:
            # Deeper down nothing is a block of its own, and still nothing is lost.
            self._too_deep += 1
        else:
            self._open.append(block.child(mark, self._line(offset)))

    def _end(self, opened: str) -> None:
        """Close the innermost block that was opened so, and what was left open in it."""
        if self._too_deep:
            self._too_deep -= 1
        elif any(one.opened == opened for one in self._open):
            while self._close() != opened:
                pass

    def _close(self) -> str:
        """Close the innermost block and hang it into the one around it."""
        done = self._open.pop()
        done.flush()
        node, parent = done.node(), self._open[-1]
        if not done.names:
            parent.items.append(node)
        else:
            for name in done.names[:0:-1]:
                node = Mapping((Entry(name, node),), name.line)
            parent.entries.append(Entry(done.names[0], node))
        # What was closed stands where a word could: a function's name before its body, the end of a statement.
        called = done.names[-1].text if done.opened == "(" and done.names else ""
        parent.labels.append(Scalar(called, done.line))
        return done.opened

    def _take_long(self, match: re.Match[str]) -> int:
        """Take a comment or a string of several lines; one that never ends is none."""
        start = match.end()
        if match.lastgroup == "word":
            found = self._heredoc_end(match["word"], start)
        else:
            ending = "*/" if match.lastgroup == "block" else match[0]
            end = self._find(ending, start)
            found = None if end < 0 else (end, end + len(ending))
        if found is None:
            # A here-document's line ends as any other, and what follows is code.
            return start - 1 if match.lastgroup == "word" else start
        if match.lastgroup != "block":
            inner = self._text[start : found[0]]
            blank = len(inner) - len(inner.lstrip())
            line = self._line(match.start())
            style = Style.LITERAL if "\n" in inner else Style.QUOTED
            self._open[-1].add(Scalar(inner, line, style, text_line=self._line(start + blank)))
        return found[1]

    def _find(self, ending: str, start: int) -> int:
        # What is not found from one place on is not found from a later one: the text is not searched again.
        if ending in self._missing:
            return -1
        end = self._text.find(ending, start)
        if end < 0:
            self._missing.add(ending)
        return end

    def _heredoc_end(self, word: str, start: int) -> tuple[int, int] | None:
        """Return where the line of a here-document's word begins and ends; `None` when there is none."""
        if self._words is None:
            self._words, at = {}, 0
            for line in self._text.split("\n"):
                if len(line) <= _LONGEST_LINE_OF_A_WORD:
                    self._words.setdefault(line.strip(), []).append(at)
                at += len(line) + 1
        found = self._words.get(word, [])
        index = bisect.bisect_left(found, start)
        return None if index == len(found) else (found[index], found[index])
