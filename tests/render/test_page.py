"""The page: the comment as HTML that loads nothing and runs nothing."""

from __future__ import annotations

from html.parser import HTMLParser

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from app.render.comment import comment
from app.render.page import page
from tests.render import samples


class Tags(HTMLParser):
    """Collects the tags and attributes of a page's body."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        self.open.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(text: str) -> Tags:
    tags = Tags()
    tags.feed(page(text).partition("<body>")[2].partition("</body>")[0])
    return tags


def body(name: str) -> str:
    found = comment(getattr(samples, name)())
    assert found is not None
    return f"{found.body}\n\n{found.footer}"


def test_tables_folds_and_code_are_kept() -> None:
    found = read(body("blocked")).found
    assert (found.count("details"), found.count("summary"), found.count("table"), found.count("h3")) == (3, 3, 2, 1)


def test_the_markdown_inside_a_fold_is_rendered() -> None:
    assert "**" not in "".join(read(body("blocked")).text)


def test_the_page_loads_nothing_from_elsewhere() -> None:
    written = page(body("blocked"), "a <b> title")
    assert ("http-equiv" in written, "src=" in written, "href=" in written, "a &lt;b&gt; title" in written) == (
        True,
        False,
        False,
        True,
    )


@pytest.mark.parametrize("name", ["hostile", "blocked", "incomplete", "many", "policy_change"])
def test_at_198_no_attribute_and_no_link_reaches_the_page(name: str) -> None:
    tags = read(body(name))
    assert (tags.attributes, {"a", "img", "script", "iframe", "svg"} & set(tags.found)) == ([], set())


@settings(max_examples=80, deadline=None)
@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(
            [
                "<script>",
                "<img src=x onerror=alert(1)>",
                "[a](javascript:x)",
                "<details>",
                "</details>",
                "\n\n",
                "`",
                "<!--",
            ]
        ),
        max_size=8,
    ).map("".join)
)
def test_at_191_whatever_the_text_only_plain_structure_reaches_the_page(text: str) -> None:
    tags = read(text)
    assert (tags.attributes, {"a", "img", "script", "style", "iframe"} & set(tags.found)) == ([], set())
