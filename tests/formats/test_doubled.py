"""A key that stands twice: both values are looked at, and only what has no part in an image stays quiet (AT-124)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Unreadable
from app.core.inventory import diff, unreadable_changes
from app.formats import find_images
from tests.formats.found import images, lines

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n"


def problems(text: str) -> list[tuple[int, str | None]]:
    return [(use.line, use.problem) for use in find_images("a.yaml", text) if use.problem]


def test_at_124_both_images_are_found_and_the_key_is_ambiguous() -> None:
    text = "image: good:1\nimage: evil:1\n"
    assert lines(text)[:2] == [(1, "good:1"), (2, "evil:1")]
    assert problems(text) == [(2, "ambiguous: key image twice")]


def test_at_124_all_else_in_the_file_is_found() -> None:
    text = f"{POD}  containers: [{{name: a, image: a:1}}]\n---\nimage: x:1\nimage: y:1\n"
    assert [found for found in images(text) if not found.startswith("!")] == ["a:1", "x:1", "y:1"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("spec: {image: a:1}\nspec: {replicas: 1}\n", id="one of the two holds an image"),
        pytest.param("spec: {replicas: 1}\nspec: {image: a:1}\n", id="the other holds one"),
        pytest.param("image: {repository: a/b, tag: v1, tag: v2}\n", id="a part of a split reference"),
        pytest.param("env: [{name: X_IMAGE, name: Y, value: 'a:1'}]\n", id="a name that decides"),
        pytest.param("kind: Pod\nkind: Policy\napiVersion: v1\nspec: {image: a:1}\n", id="the kind"),
        pytest.param("image: a:1\nImage: b:1\nx: {tag: 1, tag: 2}\n", id="a tag of nothing"),
        pytest.param("releases: [{chart: c}]\nreleases: [{chart: d}]\n", id="charts"),
        pytest.param("a: 'ghcr.io/a/b:1'\na: ''\n", id="whatever the key"),
    ],
)
def test_at_124_a_key_is_ambiguous_when_it_has_a_part_in_an_image(text: str) -> None:
    assert any(why and "twice" in why for _, why in problems(text))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{POD}  dnsPolicy: A\n  dnsPolicy: B\n  containers: [{{image: a:1}}]\n", id="of no image"),
        pytest.param("labels: {a: 1, a: 2}\nimage: a:1\n", id="labels"),
        pytest.param("decoration: {timeout: 1h}\nimage: a:1\ndecoration: {timeout: 2h}\n", id="settings"),
        pytest.param("image: a:1\nimage: a:1\n", id="twice the same"),
        pytest.param("x: {image: a:1}\nx: {image: a:1}\n", id="twice the same mapping"),
    ],
)
def test_a_key_twice_without_a_part_in_an_image_hides_nothing_else(text: str) -> None:
    assert (set(images(text)), problems(text)) == ({"a:1"}, [])


def test_the_field_of_an_ambiguous_key_leads_to_it() -> None:
    (found,) = [use for use in find_images("a.yaml", "a: [{image: x:1, image: y:1}]") if use.problem]
    assert found.field == "a[0].image"


@pytest.mark.parametrize("changed", ["image: evil:1\nimage: b:1\n", "image: a:1\nimage: evil:1\n"])
def test_at_124_an_ambiguous_key_is_told_again_when_either_value_changes(changed: str) -> None:
    before, after = find_images("a.yaml", "image: a:1\nimage: b:1\n"), find_images("a.yaml", changed)
    assert [place.reason for place in unreadable_changes(before, after)] == ["ambiguous: key image twice"]
    assert [str(change.name) for change in diff(before, after, {})] == ["docker.io/library/evil"]


def test_an_ambiguous_key_that_stays_is_told_once() -> None:
    uses = find_images("a.yaml", "image: a:1\nimage: b:1\n")
    assert unreadable_changes(uses, uses) == ()


def test_a_key_too_often_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="more than 4 times"):
        find_images("a.yaml", "image: a:1\n" * 5)


PARTS = st.lists(
    st.tuples(
        st.sampled_from(["image", "tag", "repository", "x", "kind"]),
        st.sampled_from(["a/b", "v1", "ghcr.io/a/b:1", "{image: c:1}", "[{image: d:1}]", "1"]),
    ),
    min_size=1,
    max_size=4,
)


@given(PARTS)
@settings(max_examples=200, deadline=None)
def test_whichever_value_a_reader_takes_its_images_are_known_or_the_key_is_told(pairs: list[tuple[str, str]]) -> None:
    text = "".join(f"{key}: {value}\n" for key, value in pairs)
    known = {(use.name, use.tag) for use in find_images("a.yaml", text)}
    for chosen in (dict(pairs), dict(reversed(pairs))):
        one = "".join(f"{key}: {value}\n" for key, value in chosen.items())
        assert {(use.name, use.tag) for use in find_images("a.yaml", one)} <= known | {(None, None)}


def test_doubled_keys_that_nest_cost_little() -> None:
    inner = "".join(f"k{number}: x{number}\n" for number in range(20_000))
    text = "\n".join(inner.splitlines())
    for _ in range(20):
        text = "{a: {" + text.replace("\n", ", ") + "}, a: 1}" if "\n" in text else f"{{a: {text}, a: 1}}"
    started = time.process_time()
    assert problems(text) == []
    assert time.process_time() - started < 10


def test_at_124_a_key_is_ambiguous_when_it_has_a_part_in_what_is_taken_from_outside() -> None:
    text = "kind: Kustomization\napiVersion: kustomize.config.k8s.io/v1\nresources: ['https://a.test']\nresources: []\n"
    assert (4, "ambiguous: key resources twice") in problems(text)
