"""What is said of trusted roots and of what no log vouches for, in every form of output."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from app.core.assessment import Assessment
from app.core.attestation import RootState
from app.render import document, terminal
from app.render.comment import comment
from app.render.verification import Verification
from app.render.verification import document as verified
from app.render.words import root_sentences
from tests.render import samples

FRESH = RootState("public-good", 15, timedelta(hours=3))
STALE = RootState("github", 7, timedelta(days=9), "the metadata of its source has expired")
PACKAGED = RootState("own")
NEVER = RootState("own", None, None, "its source does not answer as it should")
NOTHING = Verification("x", None, (), (), (), (), (), (FRESH, PACKAGED))


@pytest.mark.parametrize(
    ("root", "said"),
    [
        (FRESH, ("trust root public-good (TUF version 15, 3 hours old)",)),
        (dataclasses.replace(FRESH, age=timedelta(hours=48)), ("trust root public-good (TUF version 15, 2 days old)",)),
        (
            dataclasses.replace(FRESH, age=timedelta(hours=47)),
            ("trust root public-good (TUF version 15, 47 hours old)",),
        ),
        (
            STALE,
            ("trust root github (TUF version 7, 9 days old, not refreshed: the metadata of its source has expired)",),
        ),
        (
            NEVER,
            ("trust root own (as it came with the program, not refreshed: its source does not answer as it should)",),
        ),
        (PACKAGED, ()),
    ],
)
def test_a_root_is_named_with_version_age_and_warning(root: RootState, said: tuple[str, ...]) -> None:
    assert root_sentences((root,)) == said


def with_roots(*roots: RootState) -> Assessment:
    return dataclasses.replace(samples.all_clear(), roots=roots)


def test_the_footer_says_how_fresh_the_roots_are() -> None:
    written = comment(with_roots(FRESH, PACKAGED))
    assert written is not None
    assert "trust root public-good" in written.footer
    assert "own" not in written.footer


def test_a_warning_about_a_root_changes_no_verdict() -> None:
    fine, warned = comment(with_roots(PACKAGED)), comment(with_roots(STALE))
    assert fine is not None
    assert warned is not None
    assert fine.body == warned.body


def test_the_json_of_a_check_names_the_roots() -> None:
    assert document.check(with_roots(STALE, PACKAGED))["trust_roots"] == [
        {"name": "github", "version": 7, "age": 777600, "warning": "the metadata of its source has expired"},
        {"name": "own", "version": None, "age": None, "warning": None},
    ]


def test_the_json_of_a_verification_names_the_roots() -> None:
    assert [one["name"] for one in verified(NOTHING)["trust_roots"]] == ["public-good", "own"]  # type: ignore[attr-defined]


def test_the_terminal_says_how_fresh_a_root_is() -> None:
    assert terminal.verify(NOTHING).splitlines()[-1] == "  trust root public-good (TUF version 15, 3 hours old)"


def unlogged() -> Assessment:
    """Make an assessment whose verified words all rest on a key alone."""
    changes = []
    for change in samples.all_clear().changes:
        assert change.after is not None
        signature = dataclasses.replace(change.after.signature, logged=False)
        attestations = tuple(dataclasses.replace(one, logged=False) for one in change.after.attestations)
        after = dataclasses.replace(change.after, signature=signature, attestations=attestations)
        changes.append(dataclasses.replace(change, after=after))
    return dataclasses.replace(samples.all_clear(), changes=tuple(changes), notices=("so that all is shown",))


def test_the_table_says_not_logged_beside_verified() -> None:
    written = comment(unlogged())
    assert written is not None
    assert "✅ verified (not logged) `acme-release`" in written.body


def test_verified_never_stands_alone_where_no_log_vouches() -> None:
    written = comment(unlogged())
    assert written is not None
    assert "✅ verified:" not in written.body
    assert "signature verified (not logged)" in terminal.check(unlogged())
