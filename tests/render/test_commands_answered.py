"""Answers to commands: from the record, bounded, escaped; a waiver that is written is one that can be read."""

from __future__ import annotations

import json
from datetime import date

import pytest

from app.core.command import Command, Word
from app.core.tree import File
from app.policy.waivers import read_waiver
from app.render.commands import Judged, WaiverFile, explained, proposed, waiver

UNTIL = date(2027, 1, 1)
IMAGE = "ghcr.io/acme/api"
FOUND = {"id": "CVE-2024-1", "package": "zlib", "version": "1.2", "fix": "1.3", "severity": "high"}
DOCUMENT = {
    "head": "a" * 40,
    "findings": [
        {"outcome": "BLOCKED", "subject": f"{IMAGE}:1", "rule": "ours: signature", "sentence": "it is <b>unsigned</b>"},
        {"outcome": "OK", "subject": "other", "rule": "pinned", "sentence": "a digest is written"},
        {"outcome": "BLOCKED", "subject": IMAGE, "rule": "x", "sentence": "has CVE-2024-1", "remedy": "Update it."},
    ],
    "changes": [{"repository": IMAGE, "vulnerabilities": {"found": {"listed": [FOUND, {"id": "CVE-2024-2"}]}}}],
}


def judged(document: object = DOCUMENT) -> Judged:
    found = Judged.read(json.dumps(document))
    assert found is not None
    return found


def explain(argument: str) -> Command:
    return Command(Word.EXPLAIN, argument)


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_a_record_that_is_none_is_not_explained(text: str) -> None:
    assert Judged.read(text) is None


def test_a_rule_is_explained_by_its_findings_and_escaped() -> None:
    text = explained(explain("Signature"), judged())
    assert "BLOCKED" in text
    assert "<b>" not in text
    assert "digest" not in text


def test_a_vulnerability_is_explained_by_findings_and_by_images() -> None:
    text = explained(explain("cve-2024-1"), judged())
    assert "Update it." in text
    assert "in `zlib 1.2`, fixed in `1.3`" in text


def test_a_vulnerability_of_which_little_is_known_is_explained_too() -> None:
    assert "no fix is known" in explained(explain("CVE-2024-2"), judged())


def test_a_longer_identifier_is_another() -> None:
    assert explained(explain("CVE-2024-10"), judged()).startswith("Nothing was found about `CVE-2024-10`")


def test_a_hostile_argument_is_shown_as_code() -> None:
    assert explained(explain("[x](http://evil)"), judged()).startswith("Nothing was found about `[x](http://evil)`")


def test_an_answer_is_bounded() -> None:
    many = {"findings": [DOCUMENT["findings"][0]] * 500}  # type: ignore[index]  # a list of objects
    assert len(explained(explain("signature"), judged(many)).splitlines()) < 30


@pytest.mark.parametrize("argument", ["signature", "CVE-2024-1", "limits vulnerabilities.high"])
def test_a_waiver_that_is_written_can_be_read(argument: str) -> None:
    file = waiver(Command(Word.WAIVE, argument), [IMAGE], 'mona "x"', UNTIL)
    assert file is not None
    found, faults = read_waiver(File(file.path, file.text))
    assert (found is not None, faults) == (True, ())


def test_a_vulnerability_may_be_waived_wherever_it_is() -> None:
    file = waiver(Command(Word.WAIVE, "CVE-2024-1"), [], "mona", UNTIL)
    assert file is not None
    assert "images" not in file.text


@pytest.mark.parametrize(("argument", "images"), [("signature", ()), ("weaker-policy", (IMAGE,))])
def test_what_no_waiver_could_say_is_not_written(argument: str, images: tuple[str, ...]) -> None:
    assert waiver(Command(Word.WAIVE, argument), images, "mona", UNTIL) is None


def test_the_images_that_fail_are_those_that_are_named() -> None:
    assert judged().failing(Command(Word.WAIVE, "signature")) == (IMAGE,)
    assert judged().failing(Command(Word.WAIVE, "pinned")) == ()


def test_a_waiver_is_shown_with_its_link() -> None:
    text = proposed(Command(Word.WAIVE, "signature"), WaiverFile("w.yml", "version: 1\n"), "https://example.org/new")
    assert text.startswith("Nothing is waived yet.")
    assert text.endswith("[Propose `w.yml`](https://example.org/new).")


def test_without_a_waiver_it_is_said_that_there_is_none() -> None:
    assert "there is nothing to propose" in proposed(Command(Word.WAIVE, "pinned"), None, "")
