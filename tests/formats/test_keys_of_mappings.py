from __future__ import annotations

import pytest

from app.core.yaml import Entry, Mapping, Scalar, Sequence
from app.formats import find_images
from app.formats.base.keys import keys_of


def mapping(*keys: str) -> Mapping:
    return Mapping(tuple(Entry(Scalar(key, 1), Scalar("x", 1)) for key in keys), 1)


def test_keys_are_told_in_their_order() -> None:
    keys = keys_of(mapping("imageTag", "Image", "other-key"))
    assert keys.texts == ("imageTag", "Image", "other-key")
    assert keys.quiet == (True, False, True)


def test_the_same_keys_in_another_order_are_others() -> None:
    assert keys_of(mapping("a", "image")).quiet == tuple(reversed(keys_of(mapping("image", "a")).quiet))


@pytest.mark.parametrize("key", ["value", "Default", "reference", "sourceValue", "name", "full_name", "pull-spec"])
def test_a_key_whose_text_is_told_by_what_stands_around_it_is_not_quiet(key: str) -> None:
    assert keys_of(mapping(key)).quiet == (False,)


@pytest.mark.parametrize("keys", [("registry",), ("imageRegistry",), ("image", "name")])
def test_a_registry_and_a_container_settle_something_for_all_below(keys: tuple[str, ...]) -> None:
    assert keys_of(mapping(*keys)).may_settle
    assert not keys_of(mapping("image", "names", "Registry")).may_settle


def test_what_keys_say_does_not_depend_on_how_many_others_were_met() -> None:
    before = keys_of(mapping("image", "name"))
    for number in range(5000):
        keys_of(mapping(f"k{number}"))
    assert keys_of(mapping("image", "name")) == before


@pytest.mark.parametrize("order", [1, -1])
def test_of_mappings_with_the_same_keys_each_is_read_by_its_own_texts(order: int) -> None:
    texts = {
        "image: ghcr.io/acme/api:v1\ntag: v2\n": "ghcr.io/acme/api:v1",
        "image: ghcr.io/acme/api\ntag: v2\n": "ghcr.io/acme/api:v2",
        "image: ghcr.io/acme/api:v3\ntag: \n": "ghcr.io/acme/api:v3",
    }
    found = {text: [str(use.reference) for use in find_images("a.yaml", text)] for text in list(texts)[::order]}
    assert found == {text: [reference] for text, reference in texts.items()}


@pytest.mark.parametrize("beside", [0, 1, 39, 400])
def test_a_split_image_is_found_beside_any_number_of_keys(beside: int) -> None:
    text = (
        "".join(f"k{number}: x\n" for number in range(beside)) + "image:\n  repository: ghcr.io/acme/api\n  tag: v1\n"
    )
    assert [str(use.reference) for use in find_images("a.yaml", text)] == ["ghcr.io/acme/api:v1"]


def test_one_spelling_of_image_that_stands_twice_is_not_two_spellings() -> None:
    once = Entry(Scalar("image", 1), Sequence((), 1))
    assert not keys_of(Mapping((once, once), 1)).image_twice
    assert keys_of(mapping("image", "Image")).image_twice
