"""Documents that are made of those of another text are those that reading the text would give."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Unreadable
from app.core.yaml import MAX_BYTES, Mapping, Node, read, reuse

_WORDS = ("v", "1.2", "x/y:1", "null", "a", "b", "true", "oci://x", ".a", "/a", "1@2")
_LINES = (
    *("a: {}", "b: {}", "k: {}", "- {}", "- a: {}", "- - b: {}", "a: {} # c", "- {} #", "a: '{}'", 'b: "{}"', "- '{}'"),
    *("a: '{}' # it's", "a: {},", "{}", "? {}", "a: &x {}", "&x a: {}", "a: !!str {}", "a:   {}  ", "a: {}\r"),
    *("a:", "b:", "- ", "-", "k: |", "k: >-", "- |2", 'k: "', "k: '", '"', "'", "k: {{", "- {{", "- [", "}}", "]", ","),
    *(
        "x: &x",
        "- &x",
        "y: *x",
        "- *x",
        "<<: *x",
        "<<: {{a: b}}",
        "---",
        "--- a: b",
        "...",
        "# c",
        "%YAML 1.1",
        "",
        "k: w",
    ),
    *("a: {}\u2028b: c", "a: b # \u2028b: {}", ": {}", "{}: k", "a: {} b", "a: \\", "\tc: {}", "a.b/c: {}", "«: {}"),
)
_INDENTS = st.sampled_from(("", "", "  ", "  ", "    ", " "))
_LINE = st.tuples(_INDENTS, st.sampled_from(_LINES), st.sampled_from(_WORDS), st.sampled_from(_WORDS), st.booleans())


def both(lines: list[tuple[str, str, str, str, bool]]) -> tuple[str, str]:
    """Return a text, and one with other words at some of its lines."""
    before = "\n".join(indent + line.format(word) for indent, line, word, _, _ in lines)
    after = "\n".join(indent + line.format(new if differs else word) for indent, line, word, new, differs in lines)
    return before, after


def answer(text: str) -> object:
    try:
        return repr(read(text))
    except Unreadable as error:
        return error.reason, error.line


def read_anew(text: str) -> object:
    """Read a text in a way in which nobody read it before: a mark at its beginning means nothing."""
    return answer(f"\ufeff{text}")


_PARTS = (
    *(
        "kN: @",
        "kN: '@' # @",
        'kN: "@"',
        "kN:\n  a: @\n  b:\n  - @\n  - c: @\n    d: @",
        "kN:\n- - @\n  - a: @\n- @ # @",
    ),
    *("kN: |\n  a: @\n  - @", "kN: >-\n  a: @\n\n  - @", 'kN: "\n  a: @\n  - @\n  "', "kN: '\n  a: @\n  - @\n  '"),
    *(
        "kN: {a: @,\n  b: @\n  }",
        "kN: [\n  @,\n  a: @\n  ]",
        "kN: {\n  a: @\n}",
        'kN: {a: "\n  b: @ # ", b: @}',
        "kN: @\n  @",
    ),
    *("kN: &xN\n  a: @\nyN: *xN\nzN: @", "kN: &xN @\nyN: *xN\nzN: @", "kN: &xN\n  a: @", "kN: &xN\n  @\nyN: *xN"),
    *(
        "kN:\n  <<: {a: @}\n  b: @",
        "kN: &xN\n  a: @\nyN:\n  <<: *xN\n  b: @",
        "kN: !!str\n  @",
        "? kN\n: @",
        "kN: # @\n  @",
    ),
    *(
        "---\nkN: @",
        "--- # @\n- @\n- a: @\n---\nkN: @",
        "kN:\n  # a: @\n  a: @",
        "kN: @\r\nlN: @\r",
        "kN: @\u2028lN: @\nmN: @",
    ),
)


def whole(parts: list[tuple[str, list[tuple[str, str]]]]) -> tuple[str, str]:
    """Return a text of parts that can be read, and one with other words in some places."""
    texts = ["", ""]
    for number, (part, words) in enumerate(parts):
        for side in (0, 1):
            pieces = part.replace("N", str(number)).split("@")
            told = "".join(piece + pair[side] for piece, pair in zip(pieces, words, strict=False))
            texts[side] += f"{told}{''.join(pieces[len(words) :])}\n"
    return texts[0], texts[1]


_WORD = st.sampled_from(_WORDS)
_PAIR = st.one_of(_WORD.map(lambda word: (word, word)), st.tuples(_WORD, _WORD))
_TEXTS = st.one_of(
    st.lists(_LINE, min_size=1, max_size=7).map(both),
    st.lists(st.tuples(st.sampled_from(_PARTS), st.lists(_PAIR, min_size=6, max_size=6)), min_size=1, max_size=4).map(
        whole
    ),
)


@settings(max_examples=200, deadline=None)
@given(_TEXTS)
def test_an_edited_text_is_read_as_if_nothing_was_known(texts: tuple[str, str]) -> None:
    before, after = texts
    answer(before)
    reuse(before, after)
    assert answer(after) == read_anew(after)


def node_at(node: Node, *keys: str) -> Node | None:
    for key in keys:
        found = node.get(key) if isinstance(node, Mapping) else None
        if found is None:
            return None
        node = found
    return node


_NUMBERS = itertools.count()


def edited(before: str, after: str) -> bool:
    """Say whether what is not changed is the very same as before."""
    # No other test has read these very texts.
    number = next(_NUMBERS)
    before, after = f"# {number}\n{before}", f"# {number}\n{after}"
    old = read(before)
    reuse(before, after)
    new = read(after)
    assert repr(new) == read_anew(after)
    return node_at(old[0], "same") is node_at(new[0], "same")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a: 1", "a: 2"),
        ("a: x/y:1@sha256:ab", "a: x/z:2@sha256:cd"),
        ("a: oci://x", "a: oci://y"),
        ("a: '1'", "a: '2'"),
        ('a: "1"', 'a: "2"'),
        ("a: 1 # v1", "a: 2 # v2"),
        ("a: [x]\nb: 1", "a: [x]\nb: 2"),
        ("- 1\n- 2", "- 1\n- 3"),
        ("- a: 1\n  b: 2", "- a: 1\n  b: 3"),
        ("- - a: 1", "- - a: 2"),
        ("a: 1\nb: 1", "a: 2\nb: 2"),
        ("a: &x 1\nb: 2\nc: *x", "a: &x 1\nb: 3\nc: *x"),
        ("a: 1\n---\nb: 1", "a: 1\n---\nb: 2"),
        ("{\n  a: 1\n}", "{\n  a: 2\n}"),
    ],
)
def test_a_value_of_a_line_is_put_in(old: str, new: str) -> None:
    def text(end: str) -> str:
        return f"same: [s, t]\nend:\n{''.join(f'  {line}' + chr(10) for line in end.split(chr(10)) if line != '---')}"

    assert edited(text(old), text(new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a: 1", "b: 1"),
        ("a: 1", "a: '1'"),
        ("a: x", "a: x:y"),
        ("a: 1", "a: 1\nb: 2"),
        ("a: 1", "a: &x 1"),
        ("a: |\n    b: 1", "a: |\n    b: 2"),
        ("a: >-\n    - 1", "a: >-\n    - 2"),
        ('a: "\n    b: 1\n    "', 'a: "\n    b: 2\n    "'),
        ("a: b\n    c", "a: d\n    c"),
        ("a: &x\n    b: 1\n  c: *x", "a: &x\n    b: 2\n  c: *x"),
        ("a:\n    <<: {c: 1}\n    b: 1", "a:\n    <<: {c: 1}\n    b: 2"),
        ("a: # b\n    1\n  c: 1", "a: # b\n    2\n  c: 1"),
        ("a: 1 # it's", "a: 2 # it's"),
        ("a: -1", "a: -2"),
    ],
)
def test_what_may_mean_more_is_read_as_a_whole(old: str, new: str) -> None:
    assert not edited(f"same: [s, t]\nend:\n  {old}\n", f"same: [s, t]\nend:\n  {new}\n")


@pytest.mark.parametrize(("old", "new"), [("a: 1", "a: 1 # b"), ("a: 1 # b", "a: 2"), ("- 1 #", "- 2")])
def test_a_comment_that_comes_or_goes_is_read_as_a_whole(old: str, new: str) -> None:
    assert not edited(f"same: [s, t]\nend:\n  {old}\n", f"same: [s, t]\nend:\n  {new}\n")


def test_a_tab_that_only_a_text_without_a_comment_may_have_below_it_is_told() -> None:
    before, after = "a: 1\n  \t# b", "a: 2 # c\n  \t# b"
    read(before)
    reuse(before, after)
    assert answer(after) == read_anew(after) == ("not YAML: found character that cannot start any token", 2)


def test_many_other_lines_are_read_as_a_whole() -> None:
    before, after = ("".join(f"k{at}: {word}\n" for at in range(30)) + "same: [x]" for word in ("a", "b"))
    assert not edited(before, after)


def test_nothing_is_made_ready_of_what_was_not_read() -> None:
    reuse("never: read", "never: known")
    assert answer("never: known") == read_anew("never: known")


def test_what_was_read_already_stays() -> None:
    read("stays: a")
    known = read("stays: b")
    reuse("stays: a", "stays: b")
    assert read("stays: b") is known


def test_a_text_that_is_long_is_read_as_a_whole() -> None:
    end = "#" * (MAX_BYTES // 4)
    assert not edited(f"same: [x]\na: 1\n{end}", f"same: [x]\na: 2\n{end}")


def test_a_text_that_cannot_be_read_is_no_ground_for_another() -> None:
    answer("a: 1\nb: [")
    reuse("a: 1\nb: [", "a: 2\nb: [")
    assert answer("a: 2\nb: [") == read_anew("a: 2\nb: [")
