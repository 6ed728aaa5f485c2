"""The history as lines, as one document, as rows, and as Markdown."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest

from app.core.history import CountedReview, Event, Gap, Joined, Unseen
from app.render.history import FORMATS, gap_line, writer_of
from app.render.history.csv_rows import COLUMNS, MARK, cell
from app.render.history.tally import MOST_GAPS
from tests.conftest import ROOT
from tests.render.history_samples import (
    GAP,
    NEW,
    SCOPE,
    asked,
    edit,
    facts,
    governance,
    image,
    nameless,
    policy,
    recorded,
    some,
    with_change,
)
from tests.render.reading import of_kind
from tests.render.samples import use


def _written(form: str, *events: Event | Gap) -> str:
    return "".join(writer_of(form, ())(SCOPE, events))


def _lines(*events: Event | Gap) -> list[dict[str, Any]]:
    return [json.loads(line) for line in _written("jsonl", *events).splitlines()]


def _rows(*events: Event | Gap) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_written("csv", *events).removeprefix(MARK), newline="")))


def _faults(name: str, document: object) -> list[str]:
    schema = json.loads((ROOT / f"docs/schemas/assay.{name}-v1.json").read_text(encoding="utf-8"))
    return [str(error) for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(document)]


@pytest.mark.parametrize("event", [one for one in (*some(), nameless()) if isinstance(one, Event)])
def test_each_event_has_the_published_shape(event: Event) -> None:
    assert _faults("event", _lines(event)[0]) == []


@pytest.mark.parametrize(
    ("event", "kind"),
    [(image(), "image_update"), (policy(), "policy_change"), (governance(), "governance_change")],
)
def test_an_event_says_its_type(event: Event, kind: str) -> None:
    assert _lines(event)[0]["type"] == kind


def test_the_published_shape_refuses_fields_of_another_type() -> None:
    assert _faults("event", {**_lines(image())[0], "effect": "weaker"}) != []


def test_what_git_does_not_know_is_null() -> None:
    document = _lines(image())[0]
    assert [document[key] for key in ("approvals", "recorded", "evidence_today")] == [None, None, None]


def test_nobody_having_reviewed_is_not_the_same_as_not_known() -> None:
    assert _lines(replace(image(), approvals=()))[0]["approvals"] == []


def test_a_record_says_how_it_was_joined() -> None:
    document = _lines(recorded(image(), joined=Joined.NUMBER))[0]
    assert (document["recorded"]["joined"], document["source"]) == ("number only", "ledger")


def test_evidence_of_today_says_when_it_was_asked() -> None:
    document = _lines(asked(image()))[0]["evidence_today"]
    assert (document["signature"], document["asked_at"]) == ("verified", "2026-03-01T12:00:00+00:00")


def test_gaps_are_no_lines() -> None:
    assert len(_lines(image(), GAP)) == 1


def test_a_gap_names_commit_path_and_reason() -> None:
    assert gap_line(GAP) == "cccccccccccc apps/x.yaml: not YAML"


def test_a_gap_of_the_whole_repository_is_its_sentence() -> None:
    assert gap_line(Gap("", "", "the clone is shallow")) == "the clone is shallow"


@pytest.mark.parametrize("events", [(), some()])
def test_the_document_has_the_published_shape(events: tuple[Event | Gap, ...]) -> None:
    assert _faults("history", json.loads(_written("json", *events))) == []


def test_the_document_holds_every_event_as_its_line() -> None:
    assert json.loads(_written("json", *some()))["events"] == _lines(*some())


def test_the_document_is_incomplete_with_a_gap() -> None:
    document = json.loads(_written("json", image(), GAP))
    assert (document["complete"], document["gaps"]) == (
        False,
        [{"commit": "c" * 40, "path": "apps/x.yaml", "sentence": "not YAML"}],
    )


def test_the_document_is_complete_without_a_gap() -> None:
    assert json.loads(_written("json"))["complete"] is True


def test_the_document_says_that_approvals_are_not_known_from_git() -> None:
    assert any("Approvals are not known" in one for one in json.loads(_written("json"))["limits"])


def test_a_report_says_that_a_chart_of_an_index_is_no_event() -> None:
    assert any("A chart of an index" in one for one in json.loads(_written("json"))["limits"])


def test_the_rows_have_the_columns_in_their_order() -> None:
    assert _written("csv") == f"{MARK}{','.join(COLUMNS)}\r\n"


def test_a_row_has_both_versions_whole() -> None:
    row = _rows(image())[0]
    assert (row["before_tag"], row["after_tag"], row["after_digest"]) == ("1.0", "1.1", str(NEW.digest))


def test_a_side_that_is_not_there_is_empty() -> None:
    assert _rows(image(before=None))[0]["before_tag"] == ""


def test_a_tag_that_is_not_written_is_empty() -> None:
    assert _rows(image(after=replace(NEW, tag=None, digest=None)))[0]["after_digest"] == ""


def test_a_row_without_a_repository_names_none() -> None:
    assert _rows(nameless())[0]["repository"] == ""


def test_a_row_of_a_moved_repository_names_both() -> None:
    moved = with_change(image(), name_before=image().what.change.name)  # type: ignore[union-attr]  # an image
    assert _rows(moved)[0]["repository_before"] == "ghcr.io/acme/api"


def test_a_row_of_a_policy_says_effect_and_edits() -> None:
    row = _rows(policy())[0]
    assert (row["policy"], row["effect"], row["edits"]) == (
        "ClusterPolicy signed",
        "weaker",
        "spec.validationFailureAction: violations will be logged, not blocked",
    )


def test_a_policy_change_without_edits_is_named_by_its_file() -> None:
    event = policy()
    row = _rows(replace(event, what=replace(event.what, edits=())))[0]  # type: ignore[type-var]  # a policy
    assert (row["policy"], row["edits"]) == ("policies/signed.yaml", "")


def test_a_long_list_in_a_cell_says_how_many_more_there_are() -> None:
    event = policy()
    many = replace(event, what=replace(event.what, edits=tuple(replace(edit(), field="") for _ in range(25))))  # type: ignore[type-var]  # a policy
    assert _rows(many)[0]["edits"].endswith("; and 5 more")


def test_a_gap_is_a_row() -> None:
    row = _rows(GAP)[0]
    assert (row["type"], row["paths"], row["gap"]) == ("gap", "apps/x.yaml", "not YAML")


def test_a_row_tells_who_approved_and_what_was_recorded() -> None:
    row = _rows(recorded(image()))[0]
    assert (row["approved_by"], row["recorded_verdict"], row["recorded_joined"]) == ("alice", "OK", "merged head")


def test_who_approved_unasked_has_a_column_of_its_own() -> None:
    reviews = (CountedReview("bob", 8, "", counted=False, independent=True),)
    row = _rows(replace(image(), approvals=reviews))[0]
    assert (row["approved_by"], row["approved_unasked"]) == ("nobody", "bob")


@pytest.mark.parametrize(("event", "said"), [(image(), "not known"), (replace(image(), approvals=()), "nobody")])
def test_a_row_keeps_not_known_and_nobody_apart(event: Event, said: str) -> None:
    assert _rows(event)[0]["approved_by"] == said


def test_a_row_tells_what_is_proved_today() -> None:
    assert _rows(asked(image()))[0]["signature_today"] == "verified"


def test_a_row_of_a_direct_commit_has_no_pull_request_and_no_signature() -> None:
    row = _rows(image(facts(pull_request=None, signed=None)))[0]
    assert (row["pull_request"], row["signed"]) == ("", "none")


def test_the_rows_begin_with_the_mark_by_which_a_spreadsheet_knows_utf8() -> None:
    assert _written("csv").encode().startswith(b"\xef\xbb\xbf")


def test_a_row_has_the_environment_and_what_was_known_then() -> None:
    known = recorded(with_change(image(), uses=(use("apps/production/a.yaml"),)))
    assert known.recorded is not None
    posture = {"signature": "verified", "measures": {"vulnerabilities.critical": {"value": 0}}}
    row = _rows(replace(known, recorded=replace(known.recorded, posture=posture)))[0]
    assert (row["environments"], row["recorded_signature"], row["recorded_critical"]) == ("production", "verified", "0")


def test_a_row_of_which_nothing_was_recorded_has_no_zero() -> None:
    assert (_rows(image())[0]["recorded_signature"], _rows(image())[0]["recorded_critical"]) == ("", "")


def test_the_markdown_says_how_it_is_made_again() -> None:
    assert f"made again by `assay history --format markdown {'f' * 40}`" in _written("markdown")


def test_a_harmless_cell_stays_as_it_is() -> None:
    assert cell("acme/api 1-2") == "acme/api 1-2"


def test_a_cell_is_bounded() -> None:
    assert len(cell("x" * 10_000)) == 4_000


def test_the_markdown_has_a_table_for_each_month() -> None:
    assert [text for text in of_kind(_written("markdown", *some()), "inline") if text.startswith("2026-0")][:1] == [
        "2026-03"
    ]
    assert _written("markdown", *some()).count("\n## 2026-") == 2


def test_the_markdown_tells_effect_and_sentence() -> None:
    assert "⚠️ weaker: violations will be logged, not blocked" in _written("markdown", policy())


def test_the_markdown_cuts_a_long_list_of_edits() -> None:
    event = policy()
    many = replace(event, what=replace(event.what, edits=(edit(),) * 10))  # type: ignore[type-var]  # a policy
    assert "; and 2 more" in _written("markdown", many)


def test_the_markdown_counts_a_commit_once() -> None:
    assert "\n- commits with events: 1\n" in _written("markdown", image(), policy(about=facts(1)))


def test_the_markdown_of_no_event_says_so() -> None:
    assert "No event in this range." in _written("markdown")


def test_the_markdown_names_the_gaps() -> None:
    assert "1 place could not be read" in _written("markdown", GAP)


def test_the_markdown_says_how_many_gaps_it_does_not_name() -> None:
    assert "- … and 2 more\n" in _written("markdown", *[GAP] * 502)


def test_the_markdown_says_that_nothing_is_missing() -> None:
    assert "Everything in the range was read." in _written("markdown", image())


def test_the_markdown_of_an_empty_range_has_no_tip() -> None:
    assert "tip none" in "".join(writer_of("markdown", ())(replace(SCOPE, tip=""), ()))


def test_the_markdown_names_the_filters() -> None:
    assert "- only in `production`" in "".join(
        writer_of("markdown", ())(replace(SCOPE, filters=("in `production`",)), ())
    )


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_writes_something_of_nothing(form: str) -> None:
    assert _written(form) != "" or form == "jsonl"


@pytest.mark.parametrize("form", ["jsonl", "json", "csv", "markdown"])
def test_streaming_formats_write_before_the_history_ends(form: str) -> None:
    def endless() -> Iterator[Event | Gap]:
        yield from itertools.repeat(image())

    pieces = itertools.islice(writer_of(form, ())(SCOPE, endless()), 100)
    assert sum(map(len, pieces)) > 10_000


def test_several_files_of_one_image_are_listed() -> None:
    event = with_change(image(), uses=(use("a.yaml"), use("b.yaml")))
    assert _rows(event)[0]["paths"] == "a.yaml; b.yaml"


UNSEEN = Unseen("a" * 40, "apps/db.yaml", "line 3: the chart db of HelmRepository apps/index moves from 1.0.0 to 1.1.0")


def test_what_comes_from_elsewhere_leaves_the_document_complete() -> None:
    document = json.loads(_written("json", image(), UNSEEN))
    assert (document["complete"], document["gaps"], len(document["events"]), _faults("history", document)) == (
        True,
        [],
        1,
        [],
    )
    assert document["unseen"] == [{"commit": "a" * 40, "path": UNSEEN.path, "sentence": UNSEEN.sentence}]


def test_what_comes_from_elsewhere_is_a_row_of_its_own_type() -> None:
    assert [(row["type"], row["gap"]) for row in _rows(UNSEEN, GAP)] == [
        ("unseen", UNSEEN.sentence),
        ("gap", GAP.sentence),
    ]


def test_markdown_lists_the_newest_that_came_from_elsewhere() -> None:
    many = [replace(UNSEEN, sentence=f"chart {number}") for number in range(MOST_GAPS + 2)]
    shown = _written("markdown", *many)
    assert "## From elsewhere" in shown
    assert (f"chart {MOST_GAPS + 1}`" in shown, "chart 1`" in shown, "and 2 before these" in shown) == (
        True,
        False,
        True,
    )
    assert "Everything in the range was read." in shown


def test_the_page_lists_the_newest_that_came_from_elsewhere() -> None:
    many = [replace(UNSEEN, sentence=f"chart {number}.") for number in range(MOST_GAPS + 2)]
    shown = _written("html", *many)
    assert (f"chart {MOST_GAPS + 1}." in shown, "chart 1." in shown, "And 2 before these." in shown) == (
        True,
        False,
        True,
    )
    assert "Everything in the range was read." in shown
    assert f"{MOST_GAPS + 2} changes of what lies elsewhere</a> cannot be seen." in shown


def test_the_page_says_that_nothing_came_from_elsewhere() -> None:
    assert "No chart of an index, remote base or git revision moved." in _written("html", image())
