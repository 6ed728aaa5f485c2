from __future__ import annotations

import contextlib
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Unreadable
from app.core.yaml import MAX_BYTES, Mapping, Node, NotYaml, Scalar, Sequence, Style, read, readings


def only(text: str) -> Mapping:
    (document,) = read(text)
    assert isinstance(document, Mapping)
    return document


def scalar(text: str, key: str = "a") -> Scalar:
    node = only(text).get(key)
    assert isinstance(node, Scalar)
    return node


def refusal(text: str) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read(text)
    return caught.value


def plain(node: Node) -> object:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {entry.key.text: plain(entry.value) for entry in node.entries}


def test_documents_come_in_order() -> None:
    assert [plain(node) for node in read("a: 1\n---\n- x\n---\n")] == [{"a": "1"}, ["x"], ""]


def test_an_empty_stream_has_no_document() -> None:
    assert read("") == ()


def test_a_scalar_knows_its_line() -> None:
    assert scalar("\n\na: 1").line == 3


def test_a_value_below_its_key_has_its_own_line() -> None:
    assert scalar("a:\n  1").line == 2


@pytest.mark.parametrize(("mark", "style"), [("|", Style.LITERAL), (">-", Style.FOLDED)])
def test_a_block_scalar_points_to_its_first_line_of_text(mark: str, style: Style) -> None:
    node = scalar(f"a: {mark}\n\n  text\n")
    assert (node.line, node.text_line, node.place, node.lines, node.style) == (1, 3, 3, (1, 3), style)


def test_a_folded_scalar_keeps_its_lines_as_they_stand() -> None:
    assert scalar("a: >-\n  one\n  two\n\n  three\nb: 1").raw == "  one\n  two\n\n  three"


def test_a_folded_scalar_at_the_end_keeps_its_last_line() -> None:
    assert scalar("a: >-\n  one\n  two").raw == "  one\n  two"


def test_other_scalars_keep_no_lines() -> None:
    assert (scalar("a: |\n  one").raw, scalar("a: one").raw) == ("", "")


def test_a_second_block_scalar_points_to_its_own_text() -> None:
    assert scalar("x: |\n  one\na: >\n\n  two\n").text_line == 5


def test_an_empty_block_scalar_stays_on_its_own_line() -> None:
    assert scalar("a: |\nb: 1").text_line == 1


@pytest.mark.parametrize(
    ("text", "is_plain", "is_null"),
    [("~", True, True), ("", True, True), ("'null'", False, False), ("!!str null", False, False), ("x", True, False)],
)
def test_quotes_and_nulls_are_told_apart(text: str, is_plain: bool, is_null: bool) -> None:  # noqa: FBT001 - a column
    node = scalar(f"a: {text}")
    assert (node.plain, node.null) == (is_plain, is_null)


def test_text_of_a_mapping_is_none_for_null_collection_and_absent() -> None:
    document = only("a: ~\nb: [1]\nc: x")
    assert [document.text(key) for key in "abcd"] == [None, None, "x", None]


def test_an_alias_stands_where_it_is_used_and_knows_where_its_text_is() -> None:
    node = scalar("x: &x v\n\na: *x")
    assert (node.text, node.line, node.text_line, node.place, node.aliased) == ("v", 3, 1, 3, True)


def test_an_alias_to_a_collection_is_the_collection() -> None:
    assert plain(only("x: &x {y: [1]}\na: *x")) == {"x": {"y": ["1"]}, "a": {"y": ["1"]}}


def test_a_later_anchor_of_the_same_name_counts() -> None:
    assert scalar("x: &x 1\ny: &x 2\na: *x").text == "2"


def test_merge_keys_are_applied_and_own_keys_win() -> None:
    assert plain(only("x: &x {b: 1, c: 2}\na:\n  <<: *x\n  c: 3")) == {
        "x": {"b": "1", "c": "2"},
        "a": {"c": "3", "b": "1"},
    }


def test_at_127_a_merge_behind_a_key_that_it_says_otherwise_is_ambiguous() -> None:
    assert refusal("x: &x {a: 1}\ny:\n  a: 2\n  <<: *x").reason == "ambiguous: key a twice"


def test_a_merge_behind_a_key_that_it_says_alike_is_none() -> None:
    assert plain(only("x: &x {a: 1}\ny:\n  a: 1\n  <<: *x")) == {"x": {"a": "1"}, "y": {"a": "1"}}


def test_at_127_both_values_of_a_merge_behind_a_key_are_read_where_asked_for() -> None:
    (document,) = read("x: &x {a: 1}\ny: {a: 2, <<: *x}", doubles=True)
    assert [plain(one)["y"] for one in readings(document)] == [{"a": "2"}, {"a": "1"}]


def test_a_quoted_merge_key_is_a_key_like_any() -> None:
    assert plain(only('"<<": 1')) == {"<<": "1"}


def test_a_tagged_merge_key_merges() -> None:
    assert plain(only("!!merge <<: {a: 1}")) == {"a": "1"}


@pytest.mark.parametrize("merge", ["[{a: 1}, {b: 2}]", "x"])
def test_a_merge_of_anything_but_a_mapping_is_refused(merge: str) -> None:
    assert refusal(f"<<: {merge}").reason == "a merge key whose value is no mapping"


def test_two_merges_in_one_mapping_are_ambiguous() -> None:
    assert refusal("<<: {}\n<<: {}").line == 2


def test_a_byte_order_mark_is_left_out() -> None:
    assert plain(only("\ufeffa: 1")) == {"a": "1"}


def test_carriage_returns_do_not_count_as_lines_of_their_own() -> None:
    assert scalar("x: 1\r\n\r\na: 1\r\n").line == 3


@pytest.mark.parametrize("odd", ["\x85", "\u2028", "\u2029", "\r"])
def test_odd_line_breaks_do_not_shift_the_lines_of_people(odd: str) -> None:
    assert scalar(f"# x{odd}# y\na: 1\n").line == 2


@pytest.mark.parametrize("text", ["a: \0", "a: \ud800", "a: \x01"])
def test_characters_outside_yaml_are_refused(text: str) -> None:
    assert "character" in refusal(text).reason


def test_a_nul_is_named_with_its_line() -> None:
    assert refusal("a: 1\nb: \0").line == 2


@pytest.mark.parametrize("text", ["a: b: c", "\ta: 1", "a: [", "%YAML 3.0\n---\na"])
def test_what_is_no_yaml_is_refused_with_a_line(text: str) -> None:
    assert refusal(text).line is not None


def test_what_is_no_yaml_is_told_from_what_is_over_a_bound() -> None:
    assert (isinstance(refusal("a: ["), NotYaml), isinstance(refusal("a: 1\na: 1"), NotYaml)) == (True, False)


def test_a_key_that_is_no_text_is_refused() -> None:
    assert refusal("[a]: 1").reason == "a key that is no text"


@pytest.mark.parametrize("tag", ["!Find", "!!set", "!<tag:example,2000:x>"])
@pytest.mark.parametrize("node", ["x", "{a: 1}", "[1]"])
def test_at_125_other_tags_are_refused(tag: str, node: str) -> None:
    assert "tag" in refusal(f"a: {tag} {node}").reason


def test_at_125_binary_is_refused() -> None:
    assert "binary" in refusal("a: !!binary aGk=").reason


def test_at_126_python_objects_are_refused() -> None:
    assert refusal("a: 1\nb: !!python/object/apply:os.system [id]").line == 2


def test_a_long_tag_is_cut_in_the_sentence() -> None:
    assert len(refusal(f"a: !{'x' * 500} 1").reason) < 120


@pytest.mark.parametrize("text", ["1.10", "012", "20:30:10", "0x1F", "1_000", "on", "2024-01-02", "1e3", "0o17", "~"])
def test_at_125_scalars_stay_the_text_that_was_written(text: str) -> None:
    assert scalar(f"a: {text}").text == text


@pytest.mark.parametrize(
    "text", ["1.10", "012", "20:30:10", "0x1F", "1_000", "on", "2024-01-02", "1e3", "0o17", "1.0", "12345678", ".5"]
)
def test_at_125_a_plain_scalar_that_may_be_retyped_says_so(text: str) -> None:
    assert scalar(f"a: {text}").retyped


@pytest.mark.parametrize("text", ["'1.10'", "!!str 012", "v1.10", "1.2", "7", "1.2.3", "latest", "1" * 65 + "x"])
def test_at_125_other_scalars_mean_what_they_say(text: str) -> None:
    assert not scalar(f"a: {text}").retyped


def test_at_124_a_key_twice_is_ambiguous() -> None:
    error = refusal("image: good\nimage: evil")
    assert (error.reason, error.line) == ("ambiguous: key image twice", 2)


def test_at_124_a_key_twice_by_another_writing_is_ambiguous() -> None:
    assert refusal('{"image": "good", "im\\u0061ge": "evil"}').line == 1


def test_at_127_an_alias_over_a_document_boundary_is_refused() -> None:
    assert refusal("x: &x 1\n---\na: *x").line == 3


def test_at_127_an_alias_inside_its_own_anchor_is_refused() -> None:
    assert refusal("x: &x\n  a: *x").line == 2


def test_at_107_an_alias_bomb_is_refused() -> None:
    bomb = "a: &a [1,2,3,4,5,6,7,8,9]\n" + "".join(
        f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert "aliases followed" in refusal(bomb).reason


def test_at_107_more_than_100_aliases_are_refused() -> None:
    assert refusal("x: &x 1\na: [" + "*x, " * 101 + "]").reason == "more than 100 aliases"


def test_at_107_a_collection_aliased_more_than_20_times_is_refused() -> None:
    assert "more than 20 times" in refusal("x: &x [1]\na: [" + "*x, " * 21 + "]").reason


def test_at_107_100_aliases_of_a_scalar_are_read() -> None:
    assert len(only("x: &x 1\na: [" + "*x, " * 100 + "]").entries) == 2


def test_at_108_a_merge_bomb_is_refused_quickly() -> None:
    bomb = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 25))
    started = time.process_time()
    refusal(bomb)
    assert time.process_time() - started < 0.05


def test_at_108_more_than_20_merges_are_refused() -> None:
    assert refusal("x: &x {a: 1}\n" + "".join(f"k{n}: {{<<: {{a: 1}}}}\n" for n in range(21))).line == 22


@pytest.mark.parametrize("bracket", ["[", "{a: ", "- "])
def test_at_109_deep_nesting_is_refused(bracket: str) -> None:
    assert refusal(bracket * 100_000).reason == "nested deeper than 64"


def test_at_109_a_depth_of_64_is_read() -> None:
    assert len(read("[" * 64 + "]" * 64)) == 1


def test_at_109_depth_hidden_in_aliases_is_refused() -> None:
    tower = "a: &a " + "[" * 40 + "]" * 40 + "\nb: " + "[" * 40 + "*a" + "]" * 40
    assert refusal(tower).reason == "nested deeper than 64, aliases followed"


def test_at_110_a_number_of_5000_digits_is_text() -> None:
    assert scalar("a: " + "9" * 5000).text == "9" * 5000


def test_at_140_more_than_1_mib_is_refused() -> None:
    assert refusal("#" + "é" * (MAX_BYTES // 2)).reason == "larger than 1 MiB"


def test_more_than_500_documents_are_refused() -> None:
    assert refusal("---\n" * 501).reason == "more than 500 documents"


def test_more_than_200_000_nodes_are_refused() -> None:
    assert refusal("[" + "1," * 200_001 + "]").reason == "more than 200,000 nodes, aliases followed"


def test_a_character_that_json_writes_as_two_escapes_is_read() -> None:
    assert scalar(r'{"a": "\ud83d\ude00"}').text == "\U0001f600"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcé😀", max_size=5), inner, max_size=4),
    max_leaves=20,
)


def as_text(value: object) -> object:
    if isinstance(value, dict):
        return {key: as_text(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_text(inner) for inner in value]
    return value if isinstance(value, str) else json.dumps(value)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text("abc😀", max_size=5), JSON, max_size=4), st.sampled_from([None, 2, "\t"]), st.booleans())
def test_json_is_read_as_its_own_reader_reads_it(value: object, indent: int | str | None, ascii_only: bool) -> None:  # noqa: FBT001 - drawn
    (document,) = read(json.dumps(value, indent=indent, ensure_ascii=ascii_only))
    assert plain(document) == as_text(value)


@settings(max_examples=200, deadline=None)
@given(st.text() | st.text("abc:-&*<>|!{}[],'\" \n\t#%@?", max_size=60))
def test_no_text_raises_anything_but_its_own_error(text: str) -> None:
    with contextlib.suppress(Unreadable):
        assert isinstance(read(text), tuple)


@pytest.mark.parametrize("text", ["!!map {a: 1}", "!!seq [1]"])
def test_the_tag_of_its_own_kind_is_plain_data(text: str) -> None:
    assert len(read(text)) == 1


@pytest.mark.parametrize("text", ["!!seq {a: 1}", "!!map [1]"])
def test_at_125_the_tag_of_another_kind_is_refused(text: str) -> None:
    assert "tag" in refusal(text).reason
