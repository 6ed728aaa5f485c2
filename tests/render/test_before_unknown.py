"""An image of which nobody knows what ran before it is shown neither as new nor as moved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.inventory import ImageVersion
from app.render import terminal
from app.render.comment.images import versions
from tests.render.samples import change

OLD, NEW = ImageVersion("1", None), ImageVersion("2", None)


@pytest.mark.parametrize("before", [None, OLD])
def test_the_comment_says_that_it_is_not_known_what_was_there(before: ImageVersion | None) -> None:
    unknown = replace(change("ghcr.io/acme/api", before, NEW), before_unknown=True)
    assert versions(unknown).endswith(", what was there before is not known")


@pytest.mark.parametrize("before", [None, OLD])
def test_the_terminal_says_that_it_is_not_known_what_was_there(before: ImageVersion | None) -> None:
    unknown = replace(change("ghcr.io/acme/api", before, NEW), before_unknown=True)
    assert "what was there before is not known" in terminal.images([unknown], [])
