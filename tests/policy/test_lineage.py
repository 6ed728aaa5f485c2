"""Tags that moved, versions that went back, names that moved, and signatures that were copied."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.core.attestation import Answer, Evidence, Lookup, Resolution, SignedStatement, Subject
from app.core.image_facts import ImageFacts
from app.core.oci import Digest, Platform
from app.core.verdict import Finding, Outcome
from app.core.versions import Order
from tests.policy.samples import (
    AMD64,
    ARM64,
    FAILED,
    NEW,
    NOW,
    NOWHERE,
    OLD,
    PROVENANCE,
    change,
    evidence,
    findings,
    lookup,
    policy,
    signed,
    text,
)

OK, REVIEW, INCOMPLETE, BLOCKED = Outcome.OK, Outcome.REVIEW, Outcome.INCOMPLETE, Outcome.BLOCKED
REACTIONS = [("", REVIEW), ("review", REVIEW), ("block", BLOCKED), ("allow", None)]
LINUX = Platform("linux", "amd64")


def said(key: str, word: str, after: Evidence, before: Evidence | None = None) -> list[Finding]:
    """Return what the rule `key`, under this word or none at all, says of a change."""
    judge = policy(text(f"signature: [release]\n{f'{key}: {word}' if word else ''}"))
    return [one for one in findings(judge, after, before) if one.rule == f"apps: {key}"]


def outcome(key: str, word: str, after: Evidence, before: Evidence | None = None) -> Outcome | None:
    """Return the outcome of what it says; `None` for nothing."""
    found = said(key, word, after, before)
    assert len(found) <= 1
    return found[0].outcome if found else None


def new(tag: str | None = "1.1", *found: SignedStatement, facts: ImageFacts | Lookup | None = None) -> Evidence:
    of = evidence(*(found or (signed(),)))
    return replace(of, reference=replace(of.reference, tag=tag), facts=facts)


def old(tag: str | None = "1.0", *found: SignedStatement, facts: ImageFacts | Lookup | None = None) -> Evidence:
    of = evidence(*(found or (signed(subject=OLD, at=NOW - timedelta(days=9)),)), digest=OLD)
    return replace(of, reference=replace(of.reference, tag=tag), facts=facts)


def built(at: datetime | None, *, platform: Platform = LINUX) -> ImageFacts:
    return ImageFacts(NEW, Digest("e" * 64), platform, (), 1, created=at)


def naming(digest: Digest | None) -> Evidence:
    place = lookup("manifest") if digest else FAILED
    return replace(new(), tag_now=Resolution(digest, place))


# tag-mismatch


@pytest.mark.parametrize(("word", "expected"), REACTIONS)
def test_at_116_a_tag_that_names_another_digest_is_said(word: str, expected: Outcome | None) -> None:
    assert outcome("tag-mismatch", word, naming(OLD)) is expected


def test_at_116_both_digests_and_what_to_write_are_told() -> None:
    (found,) = said("tag-mismatch", "block", naming(OLD))
    assert f"names {OLD} now" in found.sentence
    assert f"`ghcr.io/acme/api:1.1@{OLD}`" in found.remedy


@pytest.mark.parametrize(("word", "expected"), [("", None), ("review", None), ("block", OK), ("allow", None)])
def test_a_tag_that_names_its_digest_is_no_news(word: str, expected: Outcome | None) -> None:
    assert outcome("tag-mismatch", word, naming(NEW)) is expected


@pytest.mark.parametrize(("word", "expected"), [("", None), ("block", INCOMPLETE)])
def test_a_tag_that_cannot_be_looked_up_is_no_pass_where_it_blocks(word: str, expected: Outcome | None) -> None:
    assert outcome("tag-mismatch", word, naming(None)) is expected


def test_a_tag_that_nobody_looked_up_is_no_pass_where_it_blocks() -> None:
    assert outcome("tag-mismatch", "block", new()) is INCOMPLETE


@pytest.mark.parametrize(("word", "expected"), [("", None), ("block", OK)])
def test_a_digest_alone_has_no_tag_to_disagree_with(word: str, expected: Outcome | None) -> None:
    assert outcome("tag-mismatch", word, new(None)) is expected


def test_what_a_tag_names_is_asked_again_when_it_could_not_be_found_out() -> None:
    assert naming(None).unanswered == (FAILED,)


# downgrade


@pytest.mark.parametrize(("word", "expected"), REACTIONS)
def test_at_046_a_version_that_goes_back_is_said(word: str, expected: Outcome | None) -> None:
    assert outcome("downgrade", word, new("1.9.0"), old("1.10.0")) is expected


@pytest.mark.parametrize(("word", "expected"), [("", None), ("review", None), ("block", OK), ("allow", None)])
def test_a_version_that_goes_forward_is_no_news(word: str, expected: Outcome | None) -> None:
    assert outcome("downgrade", word, new("1.1"), old("1.0")) is expected


def test_a_version_that_goes_forward_is_no_downgrade_though_it_was_built_before() -> None:
    assert outcome("downgrade", "block", new("1.28"), old("1.27.9", signed(subject=OLD, at=NOW))) is OK


@pytest.mark.parametrize("tags", [("main-3f2a91c", "main-91c3f2a"), ("1.0", "1.0"), (None, None)])
def test_at_046_the_first_proved_time_decides_where_tags_do_not(tags: tuple[str | None, str | None]) -> None:
    again = signed(PROVENANCE, subject=OLD, at=NOW)
    first = signed(subject=OLD, at=NOW - timedelta(days=2))
    back = new(tags[1], signed(at=NOW - timedelta(days=9)))
    assert outcome("downgrade", "block", back, old(tags[0], first, again)) is BLOCKED


def test_what_was_signed_again_later_makes_no_downgrade() -> None:
    again = (signed(subject=OLD, at=NOW - timedelta(days=9)), signed(subject=OLD, at=NOW))
    assert outcome("downgrade", "", new("main-1", signed(at=NOW - timedelta(days=2))), old("main-2", *again)) is None


def test_what_is_built_together_ends_in_any_order() -> None:
    later = old("a", signed(subject=OLD, at=NOW - timedelta(minutes=1)))
    assert outcome("downgrade", "", new("b", signed(at=NOW - timedelta(minutes=50))), later) is None


UNTIMED, UNTIMED_OLD = signed(at=None), signed(subject=OLD, at=None)
MONDAY, TUESDAY = built(NOW - timedelta(days=1)), built(NOW)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (TUESDAY, MONDAY, BLOCKED),
        (MONDAY, TUESDAY, OK),
        (built(None), MONDAY, OK),
        (TUESDAY, built(None), OK),
        (TUESDAY, built(NOW - timedelta(days=1), platform=Platform("linux", "arm64")), OK),
        (None, MONDAY, OK),
        (TUESDAY, None, OK),
        (TUESDAY, Lookup("configuration", "ghcr.io", Answer.NOT_THERE, "none", "unsupported"), OK),
        (TUESDAY, FAILED, INCOMPLETE),
        (FAILED, MONDAY, INCOMPLETE),
    ],
)
def test_at_046_what_images_say_of_their_build_decides_where_nothing_is_proved(
    before: ImageFacts | Lookup | None, after: ImageFacts | Lookup | None, expected: Outcome
) -> None:
    assert (
        outcome("downgrade", "block", new("x", UNTIMED, facts=after), old("y", UNTIMED_OLD, facts=before)) is expected
    )


def test_an_image_that_was_not_found_is_no_pass_where_a_downgrade_blocks() -> None:
    gone = replace(new("main-1"), digest=None, lookups=NOWHERE)
    assert outcome("downgrade", "block", gone, old("main-2")) is INCOMPLETE


def test_the_same_digest_is_no_downgrade() -> None:
    same = replace(old("b"), digest=NEW)
    assert outcome("downgrade", "block", new("a", signed(at=NOW - timedelta(days=20))), same) is OK


A, B = "a" * 40, "b" * 40


COMMITS = ("main-1", "main-2")


def from_source(word: str, order: Order | None, tags: tuple[str, str] = COMMITS) -> list[tuple[Outcome, str]]:
    """Judge an image of commit B that was signed eight days after one of commit A."""
    judge = policy(text(f"signature: [release]\ndowngrade: {word}"))

    def built_of(commit: str, subject: Digest, days: int) -> tuple[SignedStatement, ...]:
        source = {"uri": f"git+https://github.com/acme/api@{commit}", "digest": {"gitCommit": commit}}
        definition = {"externalParameters": {}, "resolvedDependencies": [source]}
        made = {"buildDefinition": definition, "runDetails": {"builder": {"id": "x"}}}
        at = NOW - timedelta(days=days)
        return signed(subject=subject, at=at), signed(PROVENANCE, subject=subject, at=at, predicate=made)

    case = change(judge, new(tags[1], *built_of(B, NEW, 1)), old(tags[0], *built_of(A, OLD, 9)))
    found = judge.judge([replace(case, source=order)], [], at=NOW)
    return [(one.outcome, one.sentence) for one in found if one.rule == "apps: downgrade"]


WENT_BACK = "downgrade: the source commit goes back from aaaaaaaaaaaa to bbbbbbbbbbbb"


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order.BACK, [(BLOCKED, WENT_BACK)]),
        (Order.FORWARD, [(OK, "the source commit goes forward")]),
        (Order.SAME, [(OK, "nothing that can be compared goes back")]),
        (None, [(OK, "nothing that can be compared goes back")]),
    ],
)
def test_at_046_an_older_source_commit_is_a_downgrade_whenever_it_was_built(
    order: Order | None, expected: list[tuple[Outcome, str]]
) -> None:
    assert from_source("block", order) == expected


def test_a_version_that_goes_forward_from_an_older_commit_is_none() -> None:
    assert from_source("review", Order.BACK, ("1.27.9", "1.28.0")) == []


def test_a_newer_source_commit_is_none_though_it_was_built_before() -> None:
    judge = policy(text("signature: [release]"))
    back = change(judge, new("a", signed(at=NOW - timedelta(days=9))), old("b", signed(subject=OLD, at=NOW)))
    found = judge.judge([replace(back, source=Order.FORWARD)], [], at=NOW)
    assert [one for one in found if one.rule == "apps: downgrade"] == []


def test_versions_of_different_images_are_not_compared() -> None:
    other = replace(old("9.0"), reference=replace(evidence(name="ghcr.io/acme/web").reference, tag="9.0", digest=OLD))
    assert outcome("downgrade", "", new("1.0"), other) is None


def test_versions_are_compared_when_only_the_registry_moved() -> None:
    other = replace(old("9.0"), reference=replace(evidence(name="quay.io/x/api").reference, tag="9.0", digest=OLD))
    assert outcome("downgrade", "", new("1.0"), other) is REVIEW


@pytest.mark.parametrize("key", ["downgrade", "moved"])
def test_an_image_that_is_new_neither_goes_back_nor_moves(key: str) -> None:
    assert outcome(key, "block", new()) is OK


@pytest.mark.parametrize("key", ["downgrade", "moved"])
@pytest.mark.parametrize(("word", "expected"), [("", []), ("block", [REVIEW])])
def test_what_ran_before_and_is_not_known_is_no_pass_where_it_blocks(
    key: str, word: str, expected: list[Outcome]
) -> None:
    judge = policy(text(f"signature: [release]\n{f'{key}: {word}' if word else ''}"))
    one = change(judge, new())
    unknown = replace(one, change=replace(one.change, before_unknown=True))
    found = judge.judge([unknown], [], at=NOW)
    assert [one.outcome for one in found if one.rule == f"apps: {key}"] == expected


# moved


@pytest.mark.parametrize(("word", "expected"), REACTIONS)
def test_another_repository_is_said(word: str, expected: Outcome | None) -> None:
    assert outcome("moved", word, new(), evidence(name="ghcr.io/acme/web", digest=OLD)) is expected


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("quay.io/acme/api", "the registry moved from quay.io to ghcr.io"),
        ("ghcr.io/acme/web", "the repository moved from ghcr.io/acme/web to ghcr.io/acme/api"),
    ],
)
def test_it_is_told_what_moved(name: str, words: str) -> None:
    (found,) = said("moved", "", new(), evidence(name=name, digest=OLD))
    assert found.sentence == words


# bind-repository


def named(*names: str) -> SignedStatement:
    one = signed()
    subjects = tuple(Subject(name, {"sha256": NEW.hex}) for name in names)
    return replace(one, statement=replace(one.statement, subjects=subjects))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("ghcr.io/acme/api",), OK),
        (("ghcr.io/acme/dev", "ghcr.io/acme/api:1.0"), OK),
        (("ghcr.io/acme/dev",), BLOCKED),
        (("",), BLOCKED),
        (("https://ghcr.io/acme/api",), BLOCKED),
        ((), BLOCKED),
    ],
)
def test_at_045_a_signature_that_was_copied_does_not_count_where_it_is_bound(
    names: tuple[str, ...], expected: Outcome
) -> None:
    assert outcome("bind-repository", "true", evidence(named(*names))) is expected


@pytest.mark.parametrize(("lookups", "expected"), [((FAILED,), INCOMPLETE), (NOWHERE, BLOCKED)])
def test_a_signature_that_may_be_elsewhere_is_not_known_to_be_unbound(
    lookups: tuple[Lookup, ...], expected: Outcome
) -> None:
    assert outcome("bind-repository", "true", evidence(named("ghcr.io/acme/dev"), lookups=lookups)) is expected


def test_no_signature_at_all_is_said_as_such() -> None:
    (found,) = said("bind-repository", "true", evidence())
    assert (found.outcome, "absent" in found.sentence) == (BLOCKED, True)


# limits of what an image says of itself


def image_limit(limit: str, after: Evidence, before: Evidence | None = None) -> Outcome:
    key = limit.partition(":")[0]
    judge = policy(text(f"limits: {{{limit}}}"))
    (found,) = [one for one in findings(judge, after, before) if one.rule == f"apps: limits {key}"]
    return found.outcome


MIB = 1024 * 1024
FACTS = ImageFacts(
    manifest=NEW,
    config=Digest("e" * 64),
    platform=LINUX,
    layers=(Digest("1" * 64), Digest("2" * 64)),
    size=3 * MIB + 1,
    user="app",
    created=NOW - timedelta(days=30),
    labels={"base.name": "docker.io/library/debian:12"},
    platforms=frozenset({LINUX}),
)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("image.size: 4", OK),
        ("image.size: 3", BLOCKED),
        ("image.root: false", OK),
        ("image.root: true", BLOCKED),
        ("image.root: app", INCOMPLETE),
        ("image.user: app", OK),
        ("image.user: root", BLOCKED),
        ("image.created: 30", OK),
        ("image.created: 29", BLOCKED),
        ("image.base: 'docker.io/library/debian:12'", OK),
        ("image.base: 'docker.io/library/debian:11'", BLOCKED),
        ("image.platforms: linux/amd64", OK),
        ("image.platforms: 'linux/amd64, linux/arm64'", BLOCKED),
        ("image.layers-shared: 9", OK),
    ],
)
def test_a_limit_is_held_against_what_the_image_says(limit: str, expected: Outcome) -> None:
    assert image_limit(limit, replace(evidence(), facts=FACTS)) is expected


@pytest.mark.parametrize(
    ("layers", "limit", "expected"),
    [(("1", "9"), 1, OK), (("1", "9"), 2, BLOCKED), (("1", "2"), 2, OK)],
)
def test_so_many_layers_must_be_shared(layers: tuple[str, ...], limit: int, expected: Outcome) -> None:
    before = replace(FACTS, layers=tuple(Digest(one * 64) for one in layers))
    sides = replace(evidence(), facts=FACTS), replace(evidence(digest=OLD), facts=before)
    assert image_limit(f"image.layers-shared: {limit}", *sides) is expected


@pytest.mark.parametrize("before", [FAILED, replace(FACTS, platform=Platform("linux", "arm64"))])
def test_layers_that_cannot_be_compared_need_a_person(before: ImageFacts | Lookup) -> None:
    sides = replace(evidence(), facts=FACTS), replace(evidence(digest=OLD), facts=before)
    assert image_limit("image.layers-shared: 1", *sides) is REVIEW


SILENT = Lookup("configuration of linux/s390x", "ghcr.io", Answer.NOT_THERE, "no container image", "unsupported")
PASSED = Lookup("configuration", "ghcr.io", Answer.NOT_THERE, "2 of 18 platforms were not asked for", "not-asked")
ARM_FACTS = replace(FACTS, platform=Platform("linux", "arm64"), user="", size=5 * MIB, layers=(Digest("7" * 64),))


def of_each(limit: str, *each: ImageFacts | Lookup, before: Evidence | None = None) -> tuple[Outcome, str]:
    key = limit.partition(":")[0]
    after = replace(evidence(platforms=(AMD64, ARM64)), facts=FACTS, each=each)
    (found,) = [one for one in findings(policy(text(f"limits: {{{limit}}}")), after, before) if key in one.rule]
    return found.outcome, found.sentence


@pytest.mark.parametrize(
    ("limit", "each", "expected"),
    [
        ("image.root: false", (FACTS, ARM_FACTS), (BLOCKED, "image.root is true, must be false (linux/arm64)")),
        ("image.root: false", (FACTS, FACTS), (OK, "image.root is false (each of 2 platforms)")),
        ("image.size: 5", (FACTS, ARM_FACTS), (OK, "image.size is 4 (linux/amd64); image.size is 5 (linux/arm64)")),
        ("image.size: 4", (FACTS, ARM_FACTS), (BLOCKED, "image.size is 5, at most 4 is allowed (linux/arm64)")),
        (
            "image.root: false",
            (FACTS, SILENT),
            (BLOCKED, "image.root: the image says nothing of itself: no container image (linux/s390x)"),
        ),
        (
            "image.root: false",
            (FACTS, PASSED),
            (INCOMPLETE, "image.root is not known of all that runs: 2 of 18 platforms were not asked for"),
        ),
        (
            "image.root: false",
            (FACTS, replace(FAILED, where="configuration of linux/arm64")),
            (
                INCOMPLETE,
                "image.root cannot be judged: what the image says of itself could not be read (linux/arm64)",
            ),
        ),
    ],
)
def test_the_worst_of_all_platforms_counts_and_is_named(
    limit: str, each: tuple[ImageFacts | Lookup, ...], expected: tuple[Outcome, str]
) -> None:
    assert of_each(limit, *each) == expected


def test_of_many_platforms_a_few_are_named() -> None:
    each = [replace(FACTS, platform=Platform("linux", f"a{number}"), user="root") for number in range(7)]
    _, sentence = of_each("image.root: false", FACTS, *each)
    assert sentence.endswith("(linux/a0, linux/a1, linux/a2, linux/a3, linux/a4 and others)")


def test_layers_are_shared_platform_by_platform() -> None:
    before = replace(evidence(digest=OLD), facts=FACTS, each=(FACTS, ARM_FACTS))
    assert of_each("image.layers-shared: 2", FACTS, ARM_FACTS, before=before) == (
        BLOCKED,
        "image.layers-shared is 1, at least 2 is allowed (linux/arm64)",
    )


def test_a_platform_that_the_old_image_is_not_known_for_needs_a_person_and_is_named() -> None:
    outcome, sentence = of_each("image.layers-shared: 1", ARM_FACTS, before=replace(evidence(digest=OLD), facts=FACTS))
    assert (outcome, "known for linux/amd64, not linux/arm64" in sentence) == (REVIEW, True)


@pytest.mark.parametrize("limit", ["image.created: 30", "image.base: x"])
def test_what_an_image_does_not_say_is_no_pass(limit: str) -> None:
    assert image_limit(limit, replace(evidence(), facts=replace(FACTS, created=None, labels={}))) is BLOCKED


def test_a_build_in_the_future_is_no_fresh_one() -> None:
    facts = replace(FACTS, created=NOW + timedelta(days=3))
    assert image_limit("image.created: 30", replace(evidence(), facts=facts)) is BLOCKED


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (FAILED, INCOMPLETE),
        (None, INCOMPLETE),
        (Lookup("configuration", "ghcr.io", Answer.NOT_THERE, "no image", "unsupported"), BLOCKED),
    ],
)
def test_what_could_not_be_read_is_no_pass(facts: Lookup | None, expected: Outcome) -> None:
    assert image_limit("image.root: false", replace(evidence(), facts=facts)) is expected


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("image.root: false", INCOMPLETE),
        ("image.root: true", BLOCKED),
        ("image.platforms: 'linux/amd64, linux/arm64'", OK),
    ],
)
def test_one_platform_does_not_speak_for_another(limit: str, expected: Outcome) -> None:
    facts = replace(FACTS, platforms=frozenset({LINUX, Platform("linux", "arm64")}))
    assert image_limit(limit, replace(evidence(platforms=(AMD64, ARM64)), facts=facts)) is expected
