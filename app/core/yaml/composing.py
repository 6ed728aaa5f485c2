"""Composes nodes from the parser's events, within bounds.

One loop without recursion, with a bound on everything that an author controls: bytes, depth, aliases, merges,
documents, and nodes as a reader meets them who follows every alias.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import yaml

from app.core.errors import Unreadable
from app.core.yaml.doubling import content
from app.core.yaml.editing import edited
from app.core.yaml.nodes import Entry, Mapping, Node, Scalar, Sequence, Style
from app.core.yaml.recent import Recent, Stream


class NotYaml(Unreadable):
    """The text is no YAML at all, or none that holds data; a template is often so."""


class Ambiguous(Unreadable):
    """A key stands twice in a mapping, and readers differ in which one counts."""


MAX_BYTES = 1024 * 1024
MAX_DEPTH = 64
MAX_ALIASES = 100
MAX_COLLECTION_ALIASES = 20
MAX_MERGES = 20
MAX_DOCUMENTS = 500
MAX_NODES = 200_000
_SENTENCE = 60
_RECENT = Recent()

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PREFIX = "tag:yaml.org,2002:"
_SCALAR_TAGS = frozenset(
    {None, "!", *(_PREFIX + name for name in ("str", "int", "float", "bool", "null", "timestamp"))}
)
_MAPPING_TAGS = frozenset({None, "!", _PREFIX + "map"})
_SEQUENCE_TAGS = frozenset({None, "!", _PREFIX + "seq"})
# YAML counts these as line breaks, people and git count line feeds only.
_ODD_BREAKS = re.compile("\r(?!\n)|[\x85\u2028\u2029]")
_BREAKS = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_SURROGATES = re.compile(r"(?<!\\)((?:\\\\)*)\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)
_MERGE = _PREFIX + "merge"
_TEXTS = frozenset({"!", _PREFIX + "str"})
# Members of an enumeration are looked up slowly, and every scalar asks.
_PLAIN, _LITERAL, _FOLDED = Style.PLAIN, Style.LITERAL, Style.FOLDED
_STYLES: dict[str | None, Style] = {"'": Style.QUOTED, '"': Style.QUOTED, "|": Style.LITERAL, ">": Style.FOLDED}
# Styles of scalars whose text begins where they do.
_INLINE: dict[str | None, Style] = {None: _PLAIN, "": _PLAIN, "'": Style.QUOTED, '"': Style.QUOTED}


def read(text: str, *, doubles: bool = False) -> tuple[Node, ...]:
    """Return the documents of a stream in order; an empty document is a null scalar.

    Raises `Unreadable`, and nothing else, for text that is no YAML (`NotYaml`), is over a bound, has one key twice in a
    mapping (`Ambiguous`, unless `doubles` asks for both: see `readings`), or asks for a type that is not plain data.
    """
    # Whoever looks for images and whoever looks for policies reads the same files, one soon after the other.
    known = _RECENT.get((text, doubles))
    return _composed(text, doubles=doubles) if known is None else known.documents


def reuse(before: str, after: str) -> None:
    """Make ready what `read` returns for `after`, from what it returned for `before`, where the two differ little.

    Where that cannot be done nothing happens, and `after` is read as a whole.
    """
    known = _RECENT.get((before, False))
    if known is None or _RECENT.get((after, False)) is not None or len(after) > MAX_BYTES // 4:
        return
    documents = edited(known, before, after)
    if documents is not None:
        _RECENT.keep((after, False), Stream(documents, known.nodes, known.shared))


def _composed(text: str, *, doubles: bool) -> tuple[Node, ...]:
    source = _source(text)
    composer = _Composer(_Lines(source), doubles=doubles)
    try:
        _compose(composer, source)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else composer.lines.number(mark.line)
        raise NotYaml(f"not YAML: {error.problem or error.context}", line=line) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise NotYaml("not YAML: a character that YAML does not allow") from error
    documents = tuple(composer.documents)
    _RECENT.keep((text, doubles), Stream(documents, composer.nodes, tuple(composer.shared)))
    return documents


def _compose(composer: _Composer, source: str) -> None:
    loader = _LOADER(source)
    try:
        composer.run(loader.get_event)
    finally:
        loader.dispose()


def _source(text: str) -> str:
    source = text.removeprefix("\ufeff")
    if len(source) > MAX_BYTES or (not source.isascii() and len(source.encode("utf-8", "surrogatepass")) > MAX_BYTES):
        raise Unreadable("larger than 1 MiB")
    at = source.find("\0")
    if at >= 0:
        raise Unreadable("a NUL character", line=source.count("\n", 0, at) + 1)
    if source.lstrip()[:1] in ("{", "["):
        # JSON writes characters beyond the first plane as two escapes, which YAML does not know.
        # Most have none, which is seen fifty times sooner so.
        return _SURROGATES.sub(_joined, source) if "\\u" in source or "\\U" in source else source
    return source


def _joined(match: re.Match[str]) -> str:
    high, low = int(match[2], 16), int(match[3], 16)
    return f"{match[1]}\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08x}"


class _Lines:
    """Turns the parser's line numbers into those of people, and finds the first line of a block scalar's text."""

    def __init__(self, source: str) -> None:
        self._source = source
        # Characters beyond ASCII and carriage returns are few; where there are none, there is nothing to look for.
        may_be_odd = not source.isascii() or "\r" in source
        self._odd = _numbers(source) if may_be_odd and _ODD_BREAKS.search(source) else None
        self._all: list[str] | None = None

    @property
    def shifted(self) -> bool:
        """Whether the parser's lines are others than those of people."""
        return self._odd is not None

    def number(self, parsed: int) -> int:
        """Return the 1-based line for the parser's 0-based one."""
        return parsed + 1 if self._odd is None else self._odd[min(parsed, len(self._odd) - 1)]

    def content(self, header: int) -> int:
        """Return the first line with text below the header of a block scalar."""
        lines = self._split()
        return next((number + 1 for number in range(header, len(lines)) if lines[number].strip()), header)

    def raw(self, first: int, end: int) -> str:
        """Return the lines from one to before another."""
        return "\n".join(self._split()[first - 1 : end - 1])

    def _split(self) -> list[str]:
        if self._all is None:
            self._all = self._source.split("\n")
        return self._all


def _numbers(source: str) -> list[int]:
    numbers = [1]
    for found in _BREAKS.finditer(source):
        numbers.append(numbers[-1] + (1 if found[0].endswith("\n") else 0))
    return numbers


class _Open:
    """A collection whose end has not been met; a mapping's items are keys and values in turn."""

    __slots__ = ("anchor", "height", "items", "line", "nodes_before")

    def __init__(self, line: int, anchor: str | None, nodes_before: int) -> None:
        self.line = line
        self.anchor = anchor
        self.nodes_before = nodes_before
        self.height = 0
        self.items: list[Node] = []


class _Composer:
    """Composes nodes from events and keeps count of everything that is bounded."""

    def __init__(self, lines: _Lines, *, doubles: bool) -> None:
        self.lines = lines
        self.documents: list[Node] = []
        self.nodes = 0
        self.shared: list[Node] = []
        self._doubles = doubles
        self._open: list[_Open] = []
        # Where the next node goes: into the innermost open collection, or among the documents.
        self._items = self.documents
        # With what a node costs a reader who follows every alias: nodes in all, and collections from it down.
        self._anchors: dict[str, tuple[Node, int, int]] = {}
        self._aliases = self._merges = 0
        self._uses: dict[int, int] = {}

    def run(self, next_event: Callable[[], yaml.Event]) -> None:
        """Take every event to the end of the stream; most are scalars with nothing but a text."""
        shifted = self.lines.shifted
        while True:
            event = next_event()
            if type(event) is not yaml.ScalarEvent:
                if type(event) is yaml.StreamEndEvent:
                    return
                self._take(event)
                continue
            mark = event.start_mark
            line = 0 if mark is None else self.lines.number(mark.line) if shifted else mark.line + 1
            self.nodes += 1
            if self.nodes > MAX_NODES:
                self._count(0, line)
            style = _INLINE.get(event.style)
            if style is None or event.tag is not None or event.anchor is not None:
                self._scalar(event, line)
            else:
                self._items.append(Scalar(event.value, line, style, line))

    def _take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.CollectionStartEvent):
            self._start(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end(is_mapping=isinstance(event, yaml.MappingEndEvent))
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._anchors = {}
            if len(self.documents) >= MAX_DOCUMENTS:
                raise Unreadable(f"more than {MAX_DOCUMENTS} documents", line=self._line(event))

    def _line(self, event: yaml.Event) -> int:
        mark = event.start_mark
        return 0 if mark is None else self.lines.number(mark.line)

    def _count(self, nodes: int, line: int) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            raise Unreadable(f"more than {MAX_NODES:,} nodes, aliases followed", line=line)

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        """Take a scalar that is a block, or has a tag or an anchor."""
        tag, value = event.tag, event.value
        if tag not in _SCALAR_TAGS and not (tag == _MERGE and value == "<<"):
            raise Unreadable(f"the tag {_short(tag)}, which is no plain data", line=line)
        style = _STYLES.get(event.style, _PLAIN)
        text_line, raw = line, ""
        if style is _LITERAL or style is _FOLDED:
            text_line, raw = self._block(event, style, line)
        if style is _PLAIN and tag is not None and tag in _TEXTS:
            style = Style.QUOTED
        node = Scalar(value, line, style, text_line, raw=raw)
        if event.anchor is not None:
            self._anchors[event.anchor] = (node, 1, 0)
        self._items.append(node)

    def _block(self, event: yaml.ScalarEvent, style: Style, line: int) -> tuple[int, str]:
        """Return the first line of the text of a block, and its lines as they are written where they are folded."""
        text_line = self.lines.content(line) if event.value.strip() else line
        if style is not Style.FOLDED or event.end_mark is None:
            return text_line, ""
        # Only where the text ends without a line break does a block scalar end inside its last line.
        end = self.lines.number(event.end_mark.line) + (1 if event.end_mark.column else 0)
        return text_line, self.lines.raw(text_line, end)

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        line = self._line(event)
        allowed = _MAPPING_TAGS if isinstance(event, yaml.MappingStartEvent) else _SEQUENCE_TAGS
        if event.tag not in allowed:
            raise Unreadable(f"the tag {_short(event.tag)}, which is no plain data", line=line)
        if len(self._open) >= MAX_DEPTH:
            raise Unreadable(f"nested deeper than {MAX_DEPTH}", line=line)
        opened = _Open(line, event.anchor, self.nodes)
        self._open.append(opened)
        self._items = opened.items
        self._count(1, line)

    def _end(self, *, is_mapping: bool) -> None:
        done = self._open.pop()
        node = self._mapping(done) if is_mapping else Sequence(tuple(done.items), done.line)
        self._items = self._open[-1].items if self._open else self.documents
        if done.anchor is not None:
            self._anchors[done.anchor] = (node, self.nodes - done.nodes_before, done.height + 1)
        self._add(node, done.height + 1)

    def _alias(self, event: yaml.AliasEvent) -> None:
        line = self._line(event)
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise Unreadable(f"more than {MAX_ALIASES} aliases", line=line)
        if event.anchor not in self._anchors:
            raise Unreadable("an alias without an anchor before it in the document", line=line)
        node, nodes, height = self._anchors[event.anchor]
        self._count(nodes, line)
        if isinstance(node, Scalar):
            self._items.append(replace(node, line=line, aliased=True))
            return
        # Aliases inside aliases add up to a depth that no line of the text shows.
        if len(self._open) + height > MAX_DEPTH:
            raise Unreadable(f"nested deeper than {MAX_DEPTH}, aliases followed", line=line)
        self.shared.append(node)
        uses = self._uses[id(node)] = self._uses.get(id(node), 0) + 1
        if uses > MAX_COLLECTION_ALIASES:
            raise Unreadable(f"one collection aliased more than {MAX_COLLECTION_ALIASES} times", line=line)
        self._add(node, height)

    def _add(self, node: Node, height: int) -> None:
        self._items.append(node)
        if self._open and self._open[-1].height < height:
            self._open[-1].height = height

    def _mapping(self, done: _Open) -> Mapping:
        entries: dict[str, Entry] = {}
        for key, value in _pairs(done.items):
            if not isinstance(key, Scalar):
                raise NotYaml("a key that is no text", line=key.line)
            text = key.text
            if text in entries or text == "<<":
                return self._mapping_with_care(done)
            entries[text] = Entry(key, value)
        return Mapping(tuple(entries.values()), done.line)

    def _mapping_with_care(self, done: _Open) -> Mapping:
        """Return a mapping with a key that stands twice, or one that merges another mapping."""
        entries: dict[str, Entry] = {}
        doubled: list[Entry] = []
        merged: Mapping | None = None
        before: set[str] = set()
        for key, value in _pairs(done.items):
            if not isinstance(key, Scalar):
                raise NotYaml("a key that is no text", line=key.line)
            is_merge = key.text == "<<" and key.plain
            twice = key.text in entries or (is_merge and merged is not None)
            if twice and (is_merge or not self._doubles):
                raise Ambiguous(f"ambiguous: key {_short(key.text)} twice", line=key.line)
            if is_merge:
                merged, before = self._merged(value, key.line), set(entries)
            elif twice:
                doubled.append(Entry(key, value))
            else:
                entries[key.text] = Entry(key, value)
        if merged is None:
            return Mapping(tuple(entries.values()), done.line, tuple(doubled))
        inherited = tuple(entry for entry in merged.entries if entry.key.text not in entries)
        doubled += (entry for entry in merged.doubled if entry.key.text not in entries)
        doubled += self._overriding(merged, {key: entries[key].value for key in before})
        whole = Mapping(tuple(entries.values()) + inherited, done.line, tuple(doubled))
        self.shared += (whole, merged)
        return whole

    def _overriding(self, merged: Mapping, own: dict[str, Node]) -> list[Entry]:
        """Return what a merge says otherwise than keys before it: readers in Go and Ruby let what comes last count."""
        found = [
            one for one in merged.entries if one.key.text in own and content(one.value) != content(own[one.key.text])
        ]
        if found and not self._doubles:
            raise Ambiguous(f"ambiguous: key {_short(found[0].key.text)} twice", line=found[0].key.line)
        return found

    def _merged(self, value: Node, line: int) -> Mapping:
        self._merges += 1
        if self._merges > MAX_MERGES:
            raise Unreadable(f"more than {MAX_MERGES} merge keys", line=line)
        if not isinstance(value, Mapping):
            raise Unreadable("a merge key whose value is no mapping", line=line)
        return value


def _pairs(items: list[Node]) -> Iterator[tuple[Node, Node]]:
    return zip(items[::2], items[1::2], strict=True)


def _short(text: str | None) -> str:
    text = text or ""
    return text if len(text) <= _SENTENCE else f"{text[: _SENTENCE - 1]}…"
