from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import InvalidReference
from app.core.oci import ImageReference
from app.formats import find_images
from app.formats.base.reference import Claim, claim_of, may_name_an_image, recognised

KEYS = st.text("imageIMAGE_-.xTAG\u0130\u017f", min_size=1, max_size=12)
TEXTS = st.text("ab1.:/@-_", max_size=20) | st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "ghcr.io/", "reg:443/", "a/"]),
    st.sampled_from(["api", "a/b"]),
    st.sampled_from(["", ":1", f"@sha256:{'a' * 64}"]),
)


@settings(max_examples=200, deadline=None)
@given(KEYS)
def test_a_line_with_a_key_that_speaks_of_an_image_may_name_one(key: str) -> None:
    assert claim_of(key) is Claim.ANY or may_name_an_image(f"x {key}: y")


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_a_line_with_a_whole_reference_may_name_an_image(text: str) -> None:
    found = None
    with contextlib.suppress(InvalidReference):
        found = ImageReference.parse(text)
    if found is not None and (found.digest is not None or ("/" in text and found.tag is not None)):
        assert may_name_an_image(f"x {text} y")
    else:
        assert recognised(text, Claim.ANY) is None


@pytest.mark.parametrize("line", ["IMAGE=nginx:1", "im_age=nginx:1", "my-im-age=nginx:1", "run ghcr.io/acme/api:1"])
def test_an_image_in_a_script_is_found_however_its_key_is_spelt(line: str) -> None:
    assert len(find_images("a.sh", f"x=1\n{line}\n")) == 1


def test_a_line_that_speaks_of_no_image_is_passed_over() -> None:
    assert not may_name_an_image("if [ -f /etc/hosts ]; then exit 1; fi")
