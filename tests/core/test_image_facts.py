"""What an image says of itself, as values: who root is, what is shared, which platform stands for an index."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.claims import CREATED, KEYS, NUMBERS, PLATFORMS, ROOT, SHARED, SIZE, USER, measures
from app.core.image_facts import ImageFacts, comparable, representative, runs_as_root, shared_layers, unchanged
from app.core.oci import Digest, Platform

AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")
PLATFORM = st.builds(Platform, st.sampled_from(["linux", "windows"]), st.sampled_from(["amd64", "arm64", "s390x"]))
FACTS = ImageFacts(
    manifest=Digest("1" * 64),
    config=Digest("2" * 64),
    platform=AMD64,
    layers=(Digest("3" * 64), Digest("4" * 64)),
    size=1,
    created=datetime(2026, 1, 2, tzinfo=UTC),
    labels={"base.name": "debian", "base.digest": "sha256:5", "revision": "abc"},
    platforms=frozenset({AMD64, ARM64}),
)


@pytest.mark.parametrize("user", ["", "root", "root:root", "0", "0:1000", "00", "0" * 5000, "٠", " app", "app "])  # noqa: RUF001 - another zero
def test_root_is_root_however_it_is_written(user: str) -> None:
    assert runs_as_root(user)


@pytest.mark.parametrize("user", ["+0", "-0", "-0:0"])
def test_zero_with_a_sign_is_root_as_for_runtimes(user: str) -> None:
    assert runs_as_root(user)


@pytest.mark.parametrize("user", ["app", "1000", "+1000", "-", "1" * 5000, "65532:0", "rootless"])
def test_another_user_is_not_root(user: str) -> None:
    assert not runs_as_root(user)


def test_a_base_is_its_name_and_digest_as_far_as_they_are_said() -> None:
    labels = ({"base.name": "debian"}, {"base.digest": "sha256:5"}, {})
    assert [FACTS.base, *(replace(FACTS, labels=one).base for one in labels)] == [
        "debian@sha256:5",
        "debian",
        "sha256:5",
        "",
    ]


def test_layers_are_shared_wherever_they_stand() -> None:
    assert shared_layers(FACTS, replace(FACTS, layers=(Digest("9" * 64), Digest("3" * 64)))) == 1


@pytest.mark.parametrize("field", [{"config": Digest("9" * 64)}, {"layers": ()}, {"platforms": frozenset({AMD64})}])
def test_an_image_with_anything_else_in_it_is_not_unchanged(field: dict[str, object]) -> None:
    other = replace(FACTS, **field)  # type: ignore[arg-type]  # fields of the parameters
    assert (unchanged(FACTS, FACTS), unchanged(FACTS, other)) == (True, False)


def test_another_platform_is_not_comparable() -> None:
    assert (comparable(FACTS, FACTS), comparable(FACTS, replace(FACTS, platform=ARM64))) == (True, False)


@pytest.mark.parametrize(
    ("platforms", "chosen"),
    [
        ([ARM64, AMD64], AMD64),
        ([Platform("windows", "amd64"), ARM64], ARM64),
        ([None, Platform("", "x"), Platform("x", "")], None),
        ([], None),
    ],
)
def test_the_platform_that_most_run_stands_for_an_index(
    platforms: list[Platform | None], chosen: Platform | None
) -> None:
    assert representative(platforms) == chosen


@settings(max_examples=100, deadline=None)
@given(st.lists(PLATFORM, min_size=1))
def test_the_choice_does_not_depend_on_the_order(platforms: list[Platform]) -> None:
    assert representative(platforms) == representative(reversed(platforms))


def test_every_key_can_be_measured() -> None:
    assert measures(FACTS, FACTS).keys() == KEYS
    assert NUMBERS <= KEYS


def test_the_measures_are_what_the_image_says() -> None:
    found = {key: one.value for key, one in measures(FACTS, FACTS).items()}
    assert (found[SIZE], found[USER], found[ROOT], found[SHARED]) == (1, "root", True, 2)
    assert (found[CREATED], found[PLATFORMS]) == ("2026-01-02T00:00:00+00:00", "linux/amd64, linux/arm64")


@pytest.mark.parametrize("old", [None, replace(FACTS, platform=ARM64)])
def test_layers_are_not_shared_with_what_cannot_be_compared(old: ImageFacts | None) -> None:
    assert SHARED not in measures(FACTS, old)


def test_what_is_not_said_is_not_measured() -> None:
    assert measures(replace(FACTS, created=None, labels={})).keys() == {SIZE, USER, ROOT, PLATFORMS}


def test_longer_facts_weigh_more() -> None:
    assert replace(FACTS, labels={**FACTS.labels, "title": "t" * 1000}).weight > FACTS.weight + 1000
