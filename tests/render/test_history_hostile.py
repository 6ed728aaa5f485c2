"""Whatever others wrote into commits, paths and records, it stays data in every format of the history."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from html.parser import HTMLParser

import hypothesis.strategies as st
import jsonschema_rs
import pytest
from hypothesis import given, settings

from app.core.history import Event, Gap, ImageUpdate, InForce, PolicyChange, PolicyInForce, Signature
from app.core.inventory import ImageVersion, ObjectReference
from app.render.history import IN_FORCE_FORMATS, Moment, Scope, writer_of
from app.render.history.controls import Control
from app.render.history.csv_rows import COLUMNS, MARK, cell
from tests.conftest import ROOT
from tests.render.history_samples import SCOPE, edit, facts, image, policy, recorded, with_change
from tests.render.oscal_schema import faults
from tests.render.reading import kinds
from tests.render.samples import use
from tests.render.test_markdown import HOSTILE as MARKUP

HOSTILE = (
    *MARKUP,
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "</title></svg><svg onload=alert(1)>",
    "javascript:alert(1)",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://evil.example")',
    "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201",
    'a","b', "a;b", "two\r\nlines", "para\u2029graph", "line\u2028line", "\x85", "\x1b]8;;https://evil.example\x07x",
    "{{7*7}}", "\ufffd", "\u3164", "al\u115fice",
)  # fmt: skip
EMPTY = {"table_open", "html_block", "html_inline", "link_open", "image"}
_TAGS = (
    "a body circle code dd desc details div dl dt figcaption figure footer g h1 h2 h3 head header html li line main"
    " meta nav p path section small span strong style summary svg table tbody td text th thead time title tr ul"
)
TAGS = frozenset(_TAGS.split())
_ANY = st.text(max_size=30) | st.sampled_from(HOSTILE)


def _events(text: str) -> tuple[Event | Gap, ...]:
    """Events in which everything that others may write is this text."""
    who = Signature(text, text)
    about = facts(1, subject=text, author=who, committer=who, writers=(who,))
    resource = ObjectReference(text, text, text, text)
    said = replace(edit(path=text, resource=resource), field=text, before=text, after=text, sentence=text, witness=text)
    brought = recorded(
        image(about, ImageVersion(text, None), ImageVersion(text, None)), text, waivers=(text,), overrides=(text,)
    )
    assert isinstance(brought.what, ImageUpdate)
    assert brought.recorded is not None
    assert brought.approvals is not None
    brought = with_change(brought, uses=(replace(use("x"), path=text, format=text, object=resource),))
    reviews = tuple(replace(one, login=text) for one in brought.approvals)
    kept = replace(brought.recorded, policy_commit=text, head=text, posture={text: text})
    changed = replace(policy(about=replace(about, commit="2" * 40)), what=PolicyChange(text, resource, (said,)))
    return replace(brought, approvals=reviews, recorded=kept), changed, Gap(text, text, text)


def _scope(text: str) -> Scope:
    return replace(SCOPE, repository=text, revisions=text, filters=(text,), records=True, evidence=True)


def _written(form: str, text: str) -> str:
    controls = (Control(text or "x", text or "x", text or "x", ("commits",), ("weaker",), (text,)),)
    return "".join(writer_of(form, controls)(_scope(text), _events(text)))


class _Page(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.odd: list[tuple[str, str | None]] = []
        self.comments: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.odd += [one for one in attributes if one[0].startswith("on") or one[0] in {"src", "style", "srcdoc"}]
        self.odd += [one for one in attributes if one[0] == "href" and not (one[1] or "").startswith("#")]

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def _hidden(text: str) -> bool:
    return any(not one.isprintable() for one in text.replace("\n", "").replace("\r", ""))


@pytest.mark.parametrize("text", HOSTILE)
def test_the_page_holds_no_markup_of_others(text: str) -> None:
    page = _Page(_written("html", text))
    assert (page.tags - TAGS, page.odd, page.comments) == (set(), [], [])


@pytest.mark.parametrize("text", HOSTILE)
def test_the_page_shows_no_hidden_character(text: str) -> None:
    assert not _hidden(_written("html", text))


@given(_ANY)
@settings(max_examples=50, deadline=None)
def test_the_page_holds_no_markup_whatever_is_written(text: str) -> None:
    page = _Page(_written("html", text))
    assert (page.tags - TAGS, page.odd, page.comments) == (set(), [], [])


@pytest.mark.parametrize("text", HOSTILE)
def test_the_markdown_holds_no_link_picture_or_markup_of_others(text: str) -> None:
    written = _written("markdown", text)
    assert kinds(written) & (EMPTY - {"table_open"}) == set()
    assert not _hidden(written)


@pytest.mark.parametrize("text", HOSTILE)
def test_the_markdown_has_as_many_rows_as_events(text: str) -> None:
    rows = [line for line in _written("markdown", text).splitlines() if line.startswith("| 2026-")]
    assert (len(rows), {row.replace("\\|", "").count("|") for row in rows}) == (2, {10})


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_the_csv_is_a_formula_and_every_row_is_one_line(text: str) -> None:
    written = _written("csv", text).removeprefix(MARK)
    rows = list(csv.reader(io.StringIO(written, newline="")))
    odd = [one for row in rows for one in row if one.lstrip().startswith(tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20"))]
    assert (odd, {len(row) for row in rows}, written.count("\r\n"), _hidden(written)) == ([], {len(COLUMNS)}, 4, False)


@given(_ANY)
@settings(max_examples=200, deadline=None)
def test_a_cell_never_begins_a_formula(text: str) -> None:
    assert not cell(text).lstrip().startswith(tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"))


@given(_ANY, st.sampled_from([";", "; ", ';"', '; ""']), st.sampled_from("=+-@\uff1d\uff0b\uff0d\uff20"))
@settings(max_examples=100, deadline=None)
def test_a_cell_begins_no_formula_where_cells_are_parted_at_semicolons(text: str, between: str, sign: str) -> None:
    parts = cell(f"{text}{between}{sign}1").split(";")
    assert not any(one.lstrip(' "').startswith(tuple("=+-@\uff1d\uff0b\uff0d\uff20")) for one in parts)


@pytest.mark.parametrize("text", HOSTILE)
def test_each_event_is_one_line_of_ascii_and_reads_back(text: str) -> None:
    lines = _written("jsonl", text).split("\n")
    documents = [json.loads(line) for line in lines[:-1]]
    told = text.encode("utf-8", "backslashreplace").decode()
    assert (all(line.isascii() and line.isprintable() for line in lines), lines[-1]) == (True, "")
    assert [one["subject"] for one in documents] == [told, told]


@pytest.mark.parametrize("text", HOSTILE)
def test_the_document_is_json_with_the_exact_names(text: str) -> None:
    document = json.loads(_written("json", text))
    assert document["repository"] == text.encode("utf-8", "backslashreplace").decode()


@pytest.mark.parametrize("text", HOSTILE)
def test_the_assessment_results_stay_valid(text: str) -> None:
    assert faults(_written("oscal", text)) == []


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("form", ["text", "markdown"])
def test_what_was_in_force_shows_no_markup_and_no_hidden_character(form: str, text: str) -> None:
    resource = ObjectReference(text, text, text, text)
    uses = (replace(use("x"), path=text, tag=text), replace(use("y"), name=None, tag=text))
    held = InForce(facts(1, subject=text), uses, (PolicyInForce(text, 1, resource, text),), (Gap(text, text, text),))
    written = IN_FORCE_FORMATS[form](Moment(text, text, held))
    marked = kinds(written) & (EMPTY - {"table_open"}) if form == "markdown" else set()
    assert (_hidden(written), marked) == (False, set())


def test_what_was_in_force_is_json_by_its_schema_whatever_is_written() -> None:
    schema = json.loads((ROOT / "docs/schemas/assay.in-force-v1.json").read_text(encoding="utf-8"))
    validator = jsonschema_rs.Draft202012Validator(schema)
    for text in HOSTILE:
        held = InForce(facts(1, subject=text), (), (), (Gap(text, text, text),))
        document = json.loads(IN_FORCE_FORMATS["json"](Moment(text, text, held)))
        assert [str(one) for one in validator.iter_errors(document)] == []
