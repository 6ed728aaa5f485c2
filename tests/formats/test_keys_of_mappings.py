from __future__ import annotations

import pytest

from app.core.yaml import Entry, Mapping, Scalar, Sequence
from app.formats import find_images
from app.formats.base.keys import keys_of
from app.formats.base.reference import Claim


def mapping(*keys: str) -> Mapping:
    return Mapping(tuple(Entry(Scalar(key, 1), Scalar("x", 1)) for key in keys), 1)


def test_keys_are_told_in_their_order() -> None:
    keys = keys_of(mapping("imageTag", "Image", "other-key"))
    assert keys.folded == ("imagetag", "image", "otherkey")
    assert keys.claims == (Claim.ANY, Claim.CERTAIN, Claim.ANY)


def test_the_same_keys_in_another_order_are_others() -> None:
    assert keys_of(mapping("a", "image")).claims == tuple(reversed(keys_of(mapping("image", "a")).claims))


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
