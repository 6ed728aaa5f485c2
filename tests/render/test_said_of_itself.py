"""What an image says of itself is said as that; what only a tag names is given with its digest, to be pasted."""

from __future__ import annotations

import dataclasses

import pytest

from app.core.assessment import AssessedChange, Assessment
from app.core.attestation import Answer, Lookup, Resolution, Word
from app.core.image_facts import ImageFacts
from app.core.inventory import ImageVersion
from app.core.oci import Platform
from app.core.verdict import Finding, Outcome
from app.render import document, terminal
from app.render.comment import comment
from app.render.comment.claims import said_of_itself
from app.render.words import NEUTRAL
from tests.render.samples import EMPTY, FOUND, NOON, assessed, change, digest, image

MIB = 1024 * 1024
AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")
OLD = ImageFacts(
    manifest=digest("a"),
    config=digest("1"),
    platform=AMD64,
    layers=(digest("5"), digest("6")),
    size=40 * MIB,
    user="app",
    labels={"revision": "7f1c2e9", "base.name": "docker.io/library/debian:12"},
    platforms=frozenset({AMD64}),
)
NEW = dataclasses.replace(
    OLD, config=digest("2"), layers=(digest("5"), digest("7")), size=42 * MIB, user="", created=NOON, labels={}
)
FAILED = Lookup("configuration", "ghcr.io", Answer.FAILED, "did not answer in time", "timeout")


def moved(
    before: ImageFacts | Lookup | None, after: ImageFacts | Lookup | None, *, tags: tuple[str, str] = ("1", "2")
) -> AssessedChange:
    both = change("ghcr.io/acme/api", ImageVersion(tags[0], digest("a")), ImageVersion(tags[1], digest("b")))
    old, new = image(both, Word.VERIFIED, old=True), image(both, Word.VERIFIED)
    return assessed(
        both,
        dataclasses.replace(old, evidence=dataclasses.replace(old.evidence, facts=before)),
        dataclasses.replace(new, evidence=dataclasses.replace(new.evidence, facts=after)),
    )


def added(facts: ImageFacts) -> AssessedChange:
    one = moved(None, facts)
    return dataclasses.replace(one, before=None)


def test_what_differs_is_told_and_said_to_be_unsigned() -> None:
    (line,) = said_of_itself(moved(OLD, NEW))
    assert line == (
        f"{NEUTRAL} the image says of itself (unsigned): 40.0 MiB → 42.0 MiB compressed (+2.0 MiB);"
        " 1 of 2 layers shared;"
        " built not said → 2026-11-22; user `app` → `root`; base `docker.io/library/debian:12` → not said;"
        " source commit `7f1c2e9` → not said"
    )


def test_an_image_may_shrink() -> None:
    assert "(-2.0 MiB)" in said_of_itself(moved(NEW, dataclasses.replace(OLD, labels={})))[0]


def test_a_new_image_is_described() -> None:
    facts = dataclasses.replace(NEW, labels={"base.digest": "sha256:1", "source": "https://x.example", "version": "2"})
    (line,) = said_of_itself(added(facts))
    assert line == (
        f"{NEUTRAL} the image says of itself (unsigned): 42.0 MiB compressed in 2 layers; user `root`;"
        " built 2026-11-22;"
        " base `sha256:1`; source `https://x.example`; version `2`"
    )


def test_nothing_that_runs_changed() -> None:
    again = dataclasses.replace(OLD, manifest=digest("b"))
    assert said_of_itself(moved(OLD, again))[0] == (
        f"{NEUTRAL} nothing that runs changed: the same configuration and layers under another digest"
    )


def test_the_same_source_under_another_tag_is_told() -> None:
    rebuilt = dataclasses.replace(OLD, config=digest("3"))
    assert said_of_itself(moved(OLD, rebuilt))[1] == (
        f"{NEUTRAL} it names the same source commit `7f1c2e9` as before, under another tag"
    )


def test_the_same_source_under_the_same_tag_is_no_news() -> None:
    assert len(said_of_itself(moved(OLD, dataclasses.replace(OLD, config=digest("3")), tags=("1", "1")))) == 1


def test_the_same_digest_says_nothing_new() -> None:
    one = moved(OLD, OLD)
    assert one.before is not None
    assert one.after is not None
    after = dataclasses.replace(one.after, evidence=dataclasses.replace(one.after.evidence, digest=digest("a")))
    assert said_of_itself(dataclasses.replace(one, after=after))[:-1] == []


def test_images_of_other_platforms_are_not_compared() -> None:
    other = dataclasses.replace(NEW, platform=ARM64, platforms=frozenset({AMD64, ARM64}))
    (line,) = said_of_itself(moved(OLD, other))
    assert "(unsigned) of `linux/arm64`" in line
    assert line.endswith("not comparable: `linux/amd64` and `linux/arm64` stand for the two images")


def test_an_image_without_a_known_old_side_is_described() -> None:
    assert "42.0 MiB compressed in 2 layers" in said_of_itself(moved(FAILED, NEW))[0]


def test_what_could_not_be_read_is_told() -> None:
    assert said_of_itself(moved(OLD, FAILED)) == [
        "❔ what the image says of itself could not be read: did not answer in time"
    ]


@pytest.mark.parametrize("facts", [None, dataclasses.replace(FAILED, answer=Answer.NOT_THERE)])
def test_what_says_nothing_is_no_news(facts: Lookup | None) -> None:
    assert said_of_itself(moved(OLD, facts)) == []


@pytest.mark.parametrize(
    ("now", "lines"),
    [
        (Resolution(None, FAILED), 1),
        (Resolution(digest("b"), FOUND), 0),
    ],
)
def test_a_tag_that_could_not_be_looked_up_is_told(now: Resolution, lines: int) -> None:
    one = moved(None, None)
    assert one.after is not None
    after = dataclasses.replace(one.after, evidence=dataclasses.replace(one.after.evidence, tag_now=now))
    assert len(said_of_itself(dataclasses.replace(one, after=after))) == lines


def test_an_image_that_is_removed_says_nothing() -> None:
    assert said_of_itself(dataclasses.replace(moved(OLD, NEW), after=None)) == []


# To pin


def tagged(*names: str) -> Assessment:
    changes = []
    for name in names:
        one = change(name, ImageVersion("1", None), ImageVersion(None if "latest" in name else "2", None))
        new = image(one, Word.VERIFIED)
        new = dataclasses.replace(new, evidence=dataclasses.replace(new.evidence, digest=digest("b")))
        changes.append(assessed(one, image(one, Word.VERIFIED, old=True), new))
    found = tuple(Finding(Outcome.OK, one.change.key, "signature", "verified") for one in changes)
    return dataclasses.replace(EMPTY, changes=tuple(changes), findings=found)


def body(assessment: Assessment) -> str:
    written = comment(assessment)
    assert written is not None
    return written.body


def test_at_041_what_only_a_tag_names_is_given_with_its_digest_to_be_pasted() -> None:
    expected = f"**To pin** (a tag can be moved after this): `docker.io/library/nginx:2@{digest('b')}`"
    assert expected in body(tagged("docker.io/library/nginx"))


def test_several_are_a_list_and_no_tag_is_the_tag_latest() -> None:
    written = body(tagged("ghcr.io/acme/web", "ghcr.io/acme/latest"))
    assert f"- `ghcr.io/acme/latest:latest@{digest('b')}`\n- `ghcr.io/acme/web:2@{digest('b')}`" in written


def test_an_image_with_its_digest_written_is_not_to_be_pinned() -> None:
    assert "To pin" not in body(dataclasses.replace(EMPTY, changes=(moved(OLD, NEW),)))


def test_a_terminal_says_what_to_pin() -> None:
    assert f"  to pin: ghcr.io/acme/web:2@{digest('b')}\n" in terminal.check(tagged("ghcr.io/acme/web"))


# JSON


def test_the_document_holds_what_an_image_says_and_what_its_tag_names() -> None:
    one = moved(OLD, NEW)
    assert one.after is not None
    now = Resolution(digest("c"), FOUND)
    after = dataclasses.replace(one.after, evidence=dataclasses.replace(one.after.evidence, tag_now=now))
    found = document.check(dataclasses.replace(EMPTY, changes=(dataclasses.replace(one, after=after),)))
    new = found["changes"][0]["evidence"]["after"]  # type: ignore[index]  # a JSON document
    assert (new["claims"]["user"], new["claims"]["created"], new["tag_now"]) == (
        "root",
        NOON.isoformat(),
        str(digest("c")),
    )


def test_the_document_says_null_where_an_image_says_nothing() -> None:
    found = document.check(dataclasses.replace(EMPTY, changes=(moved(FAILED, None),)))
    sides = found["changes"][0]["evidence"]  # type: ignore[index]  # a JSON document
    assert [sides[side]["claims"] for side in ("before", "after")] == [None, None]
