"""What is kept of texts that were read; and that what is read is what libyaml's events say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Unreadable
from app.core.yaml import Mapping, Node, NotYaml, Scalar, Sequence, read
from app.core.yaml.recent import MAX_KEPT, Recent, Stream

_WORDS = (
    "a",
    "b: 1",
    "- x",
    "'q'",
    '"d"',
    "? k",
    "[x, y]",
    "{m: n}",
    "&p v",
    "*p",
    "|",
    ">-",
    "# c",
    "---",
    "...",
    "~",
)
_LINES = st.builds("{}{}".format, st.sampled_from(("", "  ", "    ", "- ", "k: ", "k2: ")), st.sampled_from(_WORDS))
_TEXTS = st.lists(_LINES, max_size=12).map("\n".join)
_Said = tuple[str, str, int]


def _of_events(text: str) -> list[_Said]:
    """Return kinds, texts and lines as the parser's events have them."""
    said: list[_Said] = []
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = 0 if event.start_mark is None else event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            said.append(("scalar", event.value, line))
        elif isinstance(event, yaml.CollectionStartEvent):
            kind = "mapping" if isinstance(event, yaml.MappingStartEvent) else "sequence"
            said.append((kind, "", line))
        elif isinstance(event, yaml.AliasEvent):
            said.append(("alias", "", line))
    return said


def _of_nodes(node: Node) -> Iterator[_Said]:
    if isinstance(node, Scalar):
        yield ("alias", "", node.line) if node.aliased else ("scalar", node.text, node.line)
    elif isinstance(node, Sequence):
        yield "sequence", "", node.line
        for item in node.items:
            yield from _of_nodes(item)
    else:
        yield "mapping", "", node.line
        for entry in node.entries:
            yield from _of_nodes(entry.key)
            yield from _of_nodes(entry.value)


@settings(max_examples=200, deadline=None)
@given(_TEXTS)
def test_what_is_read_is_what_the_events_of_the_parser_say(text: str) -> None:
    try:
        documents = read(text)
    except Unreadable:
        return
    said = [one for document in documents for one in _of_nodes(document)]
    # An alias of a collection stands for all that is in it, which the events do not say again.
    if not any(kind == "alias" for kind, _, _ in _of_events(text)):
        assert said == _of_events(text)


@pytest.mark.parametrize("before", ["", "b: 1\nb: 2\n", "x: &x {}\n<<: *x\n"])
def test_a_key_that_is_no_text_is_refused_whatever_stands_before_it(before: str) -> None:
    with pytest.raises(NotYaml) as caught:
        read(f"{before}? [a]\n: 1", doubles=True)
    assert caught.value.line == before.count("\n") + 1


def test_a_text_is_read_once() -> None:
    assert read("kept: once")[0] is read("kept: once")[0]


def test_both_ways_to_read_a_text_are_kept_apart() -> None:
    assert [len(node.doubled) for node in read("a: 1", doubles=True) if isinstance(node, Mapping)] == [0]
    assert read("a: 1", doubles=True)[0] is not read("a: 1")[0]


def kept(recent: Recent, texts: str) -> str:
    return "".join(text for text in texts if recent.get((text, False)) is not None)


def test_what_is_not_asked_for_is_forgotten_and_the_rest_stays() -> None:
    recent = Recent()
    for text in "abcdef":
        recent.keep((text, False), Stream((), MAX_KEPT // 2 - 100, ()))
        assert recent.get(("a", False)) is not None
    assert kept(recent, "abcdef") == "aef"


def test_what_would_take_the_room_of_all_is_not_kept() -> None:
    recent = Recent()
    recent.keep(("a", False), Stream((), 1, ()))
    recent.keep(("b", False), Stream((), MAX_KEPT, ()))
    assert kept(recent, "ab") == "a"


def test_a_long_text_of_few_nodes_takes_its_room() -> None:
    recent = Recent()
    recent.keep(("a" * MAX_KEPT * 100, False), Stream((), 1, ()))
    assert recent.get(("a" * MAX_KEPT * 100, False)) is None
