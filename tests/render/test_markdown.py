"""Whatever the data, it stays data: markdown-it (GFM) sees plain text and code spans, nothing else."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from app.render.markdown import bullets, code, fold, name, prose, row, table
from app.render.page import page
from app.render.plain import visible
from tests.render.reading import kinds, of_kind, tokens

HOSTILE = [
    "x](https://evil.example)",
    "[x](javascript:alert(1))",
    "![](https://evil.example/p.png)",
    "## ✅ verified",
    "</details>",
    "</summary><h1>OK",
    "<!-- assay:v1 acme/gitops#1 -->",
    "<script>alert(1)</script>",
    "a | b || c \\| d",
    "line\n## heading\n\n- item\r\n> quote",
    "`", "``", "`" * 50, "a`b``c```d", "` `", " ", "    indented",
    "**bold** __bold__ *em* _em_ ~~gone~~",
    "@octocat @acme/security",
    "#1 GH-1 acme/api#1 fixes #1 closes: #2",
    "deadbeef 7f1c2e9000 0123456789abcdef",
    ":tada: :+1:",
    "https://evil.example www.evil.example evil@example.com",
    "&#60;b&#62; &lt;b&gt; &commat;",
    "\u202egnp.exe \u200b \u00a0 \ufeff \u2066",
    "\x00\x1b[31m\x07\x7f",
    "1. first", "- item", "+ item", "> quote", "--- ", "===", "\\",
    "$x$ $$x$$",
    "[^1] [^1]: note",
    "term\n: definition",
    "\ud800",
    "| a |\n|---|\n| b |",
]  # fmt: skip
EMPTY_OF_MEANING = {"paragraph_open", "paragraph_close", "inline", "text", "code_inline"}
_TABLE = {f"{part}_{side}" for part in ("table", "thead", "tbody", "tr", "th", "td") for side in ("open", "close")}
_ANY = st.text(max_size=40) | st.text(alphabet="`|\\<>[]()!*_#@:~&-+=.\n $'\"ab1/", max_size=40)


@pytest.mark.parametrize("text", HOSTILE)
def test_at_191_data_in_a_code_span_is_rendered_literally(text: str) -> None:
    (shown,) = of_kind(f"is {code(text)} here", "code_inline")
    assert shown == visible(text, also="|<") or not text.strip(" ")


@pytest.mark.parametrize("text", HOSTILE)
def test_at_191_data_in_a_sentence_becomes_no_markup(text: str) -> None:
    assert kinds(f"Said: {prose(text)}") <= EMPTY_OF_MEANING


@pytest.mark.parametrize("text", HOSTILE)
def test_at_191_a_sentence_that_starts_with_data_becomes_no_block(text: str) -> None:
    assert kinds(prose(text)) <= EMPTY_OF_MEANING


@pytest.mark.parametrize("text", HOSTILE)
def test_at_191_data_in_a_table_changes_neither_its_columns_nor_its_rows(text: str) -> None:
    written = table(("a", "b"), [row(code(text), prose(text)), row(name(text), "end")])
    found = [token.type for token in tokens(written)]
    assert (found.count("td_open"), found.count("tr_open"), set(found) <= EMPTY_OF_MEANING | _TABLE) == (4, 3, True)


@pytest.mark.parametrize("text", HOSTILE)
def test_at_191_data_in_a_list_becomes_no_other_list(text: str) -> None:
    found = [token.type for token in tokens(bullets([prose(text), code(text)], 5))]
    assert (found.count("bullet_list_open"), found.count("list_item_open"), "ordered_list_open" in found) == (
        1,
        2,
        False,
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_at_191_data_in_a_fold_does_not_close_it(text: str) -> None:
    html = of_kind(fold("<b>Title</b>", f"{code(text)}\n\n- {prose(text)}"), "html_block")
    assert html == ["<details><summary><b>Title</b></summary>\n", "</details>"]


@pytest.mark.parametrize("text", HOSTILE)
def test_at_191_data_in_a_fold_does_not_close_it_on_the_page_either(text: str) -> None:
    written = page(fold("<b>Title</b>", f"{code(text)}\n\n- {prose(text)}\n\n{table(('a',), [row(code(text))])}"))
    counts = [written.count(tag) for tag in ("<details>", "</details>", "<td>", "<li>", "<h1", "<script", "<a", "<img")]
    assert counts == [1, 1, 1, 1, 0, 0, 0, 0]


@pytest.mark.parametrize(
    "text", ["@octocat", "#1", "GH-1", "acme/api#1", "7f1c2e9", "deadbeef", "www.evil.example", "evil@e.test"]
)
def test_at_193_what_github_would_link_stands_in_code_only(text: str) -> None:
    plain = "".join(of_kind(f"Said: {prose(f'see {text} now, ({text}) and {text}.')}", "text"))
    assert plain == "Said: see  now, () and ."


def test_at_193_no_short_name_of_an_emoji_stands_outside_of_code() -> None:
    assert "tada" not in "".join(of_kind(f"Said: {prose('see :tada: now')}", "text"))


@pytest.mark.parametrize("text", ["@octocat", "![](https://e.test/p.png)", "https://e.test"])
def test_at_194_at_198_no_picture_and_no_link_comes_from_data(text: str) -> None:
    assert not kinds(f"Said: {prose(text)} {code(text)}") & {"image", "link_open"}


def test_at_195_data_never_yields_the_marker() -> None:
    assert "<!--" not in code("<!-- assay:v1") + prose("<!-- assay:v1") + name("<!-- assay:v1")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\u202egood", "`\\u{202E}good`"),
        ("a\nb", "`a\\u{A}b`"),
        ("\u200b", "`\\u{200B}`"),
        ("caf\u0065\u0301", "`cafe\\u{301}`"),
        ("\u3164", "`\\u{3164}`"),
        ("\xa0", "`\\u{A0}`"),
    ],
)
def test_at_197_hidden_characters_are_shown(text: str, shown: str) -> None:
    assert code(text) == shown


@pytest.mark.parametrize(
    "secret",
    [
        "ghs_" + "a" * 36,
        "github_pat_" + "a" * 30,
        "Bearer abcdefghijklmnop1234",
        "-----BEGIN RSA PRIVATE KEY----- abc",
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIn0xx.c2ln",
    ],
)
def test_at_199_what_looks_like_a_secret_is_cut_out(secret: str) -> None:
    assert secret.rsplit(maxsplit=1)[-1] not in code(f"x {secret}") + prose(f"x {secret}") + name(f"x {secret}", 200)


def test_plain_words_that_name_a_scheme_are_kept() -> None:
    assert prose("asked for bearer authentication") == "asked for bearer authentication"


def test_an_empty_text_is_said() -> None:
    assert (code(""), name(""), prose("")) == ("(empty)", "(empty)", "")


def test_a_field_is_cut_at_its_limit() -> None:
    assert code("x" * 300, 10) == "`xxxxxxxxx…`"


def test_a_name_is_shortened_in_its_middle() -> None:
    assert name("a" * 50 + "b" * 50) == f"`{'a' * 31}…{'b' * 32}`"


def test_words_of_a_sentence_stay_plain_and_the_rest_is_quoted() -> None:
    written = prose("signed by https://a.test/x@refs (rule acme-release), it's 2 of 3: not well-known.")
    assert written == "signed by `https://a.test/x@refs` (rule acme-release), it's 2 of 3: not well-known."


def test_names_between_backticks_are_quoted_once() -> None:
    assert prose("add it to `images` (or `a b`), not `x`.") == "add it to `images` (or `a b`), not `x`."


def test_odd_words_that_follow_each_other_share_a_span() -> None:
    assert prose("has a_b c_d, (e_f) x_y") == "has `a_b c_d`, (`e_f`) `x_y`"


def test_a_list_says_how_many_it_left_out() -> None:
    assert bullets(["a", "b", "c"], 2) == "- a\n- b\n- … and 1 more"


@settings(max_examples=200, deadline=None)
@given(_ANY)
def test_a_code_span_of_any_text_is_one_code_span_with_that_text(text: str) -> None:
    expected = visible(text, also="|<")
    if not text:
        assert code(text) == "(empty)"
    elif not expected.strip(" "):
        assert of_kind(f"a{code(text)}b", "code_inline") == ["\\u{20}" * len(text)]
    else:
        assert of_kind(f"a{code(text)}b", "code_inline") == [expected]


@settings(max_examples=200, deadline=None)
@given(_ANY)
def test_a_sentence_of_any_text_keeps_its_words_and_becomes_no_markup(text: str) -> None:
    written = prose(text)
    shown = "".join(token.content for token in tokens(written) if token.type in ("text", "code_inline"))
    assert kinds(written) <= EMPTY_OF_MEANING
    # Backticks that hold a name are taken off; every other character is there, in its order.
    assert shown.replace("`", "").replace(" ", "") == visible(text, also="|<").replace("`", "").replace(" ", "")


@settings(max_examples=150, deadline=None)
@given(_ANY, _ANY)
def test_a_table_of_any_texts_keeps_its_shape(first: str, second: str) -> None:
    written = table(("a", "b"), [row(code(first), prose(second) or "-"), row(prose(first) or "-", name(second))])
    found = [token.type for token in tokens(written)]
    assert (found.count("td_open"), set(found) <= EMPTY_OF_MEANING | _TABLE) == (4, True)
