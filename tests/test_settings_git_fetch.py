"""Whether and where huge pull requests are fetched with git."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import SettingsError, read


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, Path("var/git-fetch")),
        ({"ASSAY_DATABASE_URL": "sqlite:////srv/assay/assay.db"}, Path("/srv/assay/git-fetch")),
        ({"ASSAY_DATABASE_URL": "postgresql://a:b@db/assay"}, Path("var/git-fetch")),
        ({"ASSAY_GIT_FETCH_DIR": "/scratch/git"}, Path("/scratch/git")),
        ({"ASSAY_GIT_FETCH": "off", "ASSAY_GIT_FETCH_DIR": "/scratch/git"}, None),
    ],
)
def test_fetches_lie_beside_the_database_unless_told_otherwise(
    environment: dict[str, str], expected: Path | None
) -> None:
    assert read(environment).git_fetch == expected


def test_a_switch_is_on_or_off() -> None:
    with pytest.raises(SettingsError, match="ASSAY_GIT_FETCH: give on or off"):
        read({"ASSAY_GIT_FETCH": "maybe"})
