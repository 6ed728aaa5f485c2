"""An image whose name only a comment says is told when the comment is new or says another image (AT-139)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.inventory import ImageUse, newly_said
from app.core.oci import ImageName

NAME = ImageName.parse("ghcr.io/acme/api")
SAID = ImageUse("a.yaml", 4, "helm-values", "list[0].tag", NAME, "v2", None, "v2", said=True)


def test_at_139_an_image_that_only_a_new_comment_names_is_told() -> None:
    (place,) = newly_said([replace(SAID, name=None, said=False)], [SAID], {})
    assert (place.path, place.line, place.elsewhere) == ("a.yaml", 4, True)
    assert place.reason == "only a comment says that this is a version of ghcr.io/acme/api, and it is new"


def test_at_139_a_comment_that_names_another_image_is_told() -> None:
    assert len(newly_said([replace(SAID, name=ImageName.parse("docker.io/evil/x"))], [SAID], {})) == 1


@pytest.mark.parametrize(
    "old",
    [
        replace(SAID, tag="v1", written="v1"),
        replace(SAID, said=False),
        replace(SAID, line=9, field="list[3].tag"),
    ],
)
def test_a_comment_that_named_the_image_before_is_not_told(old: ImageUse) -> None:
    assert newly_said([old], [SAID], {}) == ()


def test_a_comment_in_a_renamed_file_is_not_told() -> None:
    assert newly_said([replace(SAID, path="old.yaml")], [SAID], {"a.yaml": "old.yaml"}) == ()


@pytest.mark.parametrize("use", [replace(SAID, said=False), replace(SAID, name=None)])
def test_what_the_file_itself_names_is_not_told(use: ImageUse) -> None:
    assert newly_said([], [use], {}) == ()
