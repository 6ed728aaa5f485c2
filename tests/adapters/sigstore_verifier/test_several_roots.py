"""Several trusted roots side by side: each bundle is proved wholly under one, and which one is said."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from app.adapters.sigstore_verifier import NamedRoot, SeveralRoots, UnusableTrustedRoot, github_root, packaged_root
from app.core.attestation import Bundle, Form, Rejection, SignedStatement, Word
from app.core.oci import Digest
from tests.adapters.sigstore_verifier import cases as real
from tests.adapters.sigstore_verifier.making import (
    ELSEWHERE,
    IDENTITY,
    IMAGE,
    KEY,
    PROVENANCE,
    REFERENCE,
    ROOT,
    SIGNER,
    SIGSTORE,
    Accepted,
    attest,
    code,
    now,
)
from tests.fakes.sigstore import Details

HERE, THERE = NamedRoot("here", ROOT), NamedRoot("there", ELSEWHERE.trusted_root_json())
BOTH = SeveralRoots((HERE, THERE), now)
TWISTED = SeveralRoots((THERE, HERE), now)
PUBLIC = SeveralRoots((NamedRoot("public-good", packaged_root()), NamedRoot("github", github_root())), real.now)


def foreign(**how: object) -> Bundle:
    return ELSEWHERE.attest(REFERENCE, IMAGE, PROVENANCE, {}, ELSEWHERE.signer(IDENTITY), **how)


def under(roots: SeveralRoots, bundle: Bundle) -> tuple[str, bool]:
    found = roots.verify(bundle, (IMAGE,), (KEY.public(),))
    assert isinstance(found, SignedStatement), found
    return found.root, found.default_root


def test_at_062_a_statement_says_under_which_root_it_is_proved() -> None:
    assert [under(BOTH, attest()), under(BOTH, foreign())] == [("here", True), ("there", False)]


def test_at_062_only_the_first_root_is_the_default() -> None:
    assert [under(TWISTED, attest()), under(TWISTED, foreign())] == [("here", False), ("there", True)]


def test_every_accepted_form_is_accepted_beside_another_root(accepted: Accepted) -> None:
    found = TWISTED.verify(accepted.make(), (IMAGE,), accepted.keys)
    assert isinstance(found, SignedStatement)
    assert found.root == ("here" if found.verified_at is not None else "")


def test_what_a_key_alone_vouches_for_is_proved_under_no_root() -> None:
    assert under(BOTH, attest(KEY, rekor=0)) == ("", False)


@pytest.mark.parametrize("part", ["tlogs", "certificateAuthorities", "ctlogs", "timestampAuthorities"])
def test_at_062_no_statement_is_proved_by_parts_of_two_roots(part: str) -> None:
    one, other = json.loads(ROOT), json.loads(THERE.content)
    one[part], other[part] = other[part], one[part]
    mixed = SeveralRoots([NamedRoot(name, json.dumps(root).encode()) for name, root in (("a", one), ("b", other))], now)
    outcomes = [mixed.verify(bundle, (IMAGE,), ()) for bundle in (attest(tsa=True), foreign(tsa=True))]
    assert all(isinstance(outcome, Rejection) for outcome in outcomes)


@pytest.mark.parametrize("roots", [BOTH, TWISTED], ids=["first", "second"])
def test_the_most_telling_rejection_is_kept(roots: SeveralRoots) -> None:
    assert code(roots.verify(attest(details=Details(sct=False)), (IMAGE,), ())) == "sct-missing"


def test_of_no_instance_that_is_known_the_default_s_rejection_is_kept() -> None:
    stranger = type(SIGSTORE)("a stranger")
    bundle = stranger.attest(REFERENCE, IMAGE, PROVENANCE, {}, stranger.signer(IDENTITY))
    assert code(BOTH.verify(bundle, (IMAGE,), ())) == "log-unknown"


def test_each_root_has_its_own_second_opinion() -> None:
    assert (BOTH.second_opinions, PUBLIC.second_opinions) == ({"here", "there"}, {"public-good"})


def test_a_key_that_nobody_names_is_a_stranger_s_under_every_root() -> None:
    found = BOTH.verify(attest(KEY), (IMAGE,), ())
    assert isinstance(found, Rejection)
    assert (found.word, found.code) == (Word.UNTRUSTED_SIGNER, "unknown-key")


@pytest.mark.parametrize(
    ("roots", "said"),
    [
        ((), "from 1 to 8"),
        ([NamedRoot(str(number), ROOT) for number in range(9)], "from 1 to 8"),
        ((HERE, HERE), "the same name"),
        ((HERE, NamedRoot("broken", b"{}")), "trusted root broken: "),
    ],
)
def test_roots_that_cannot_stand_together_are_refused(roots: Sequence[NamedRoot], said: str) -> None:
    with pytest.raises(UnusableTrustedRoot, match=said):
        SeveralRoots(roots, now)


def test_nothing_that_a_bundle_holds_raises() -> None:
    assert code(BOTH.verify(Bundle(Form.BUNDLE, b"\xff", IMAGE, "x"), (IMAGE,), ())) == "malformed"


def test_github_s_own_instance_needs_no_log() -> None:
    root = json.loads(github_root())
    assert ("tlogs" in root, {one["uri"] for one in root["certificateAuthorities"]}) == (
        False,
        {"fulcio.githubapp.com"},
    )


def test_an_instance_with_a_timestamp_authority_only_is_verified_by_its_stamp() -> None:
    root = json.loads(ROOT)
    del root["tlogs"], root["ctlogs"]
    stamped = SeveralRoots((THERE, NamedRoot("stamps", json.dumps(root).encode())), now)
    found = stamped.verify(attest(SIGNER, rekor=0, tsa=True, details=Details(sct=False)), (IMAGE,), ())
    assert isinstance(found, SignedStatement)
    assert (found.root, found.verified_at, found.logged) == ("stamps", SIGSTORE.now, False)


def test_an_instance_with_a_timestamp_authority_only_accepts_nothing_without_a_stamp() -> None:
    root = json.loads(ROOT)
    del root["tlogs"], root["ctlogs"]
    alone = SeveralRoots((NamedRoot("stamps", json.dumps(root).encode()),), now)
    assert code(alone.verify(attest(rekor=0, tsa=False), (IMAGE,), ())) == "no-verified-time"


# Real data


def _statements() -> list[real.Case]:
    """Keep the accepted bundles that state something about a sha256."""
    return [
        case
        for case in real.cases()
        if case.accepted and case.content and not case.conformance and case.artifact.startswith("sha256:")
    ]


REAL = _statements()
GITHUB_ITS_OWN = [case for case in REAL if case.root != packaged_root() and not case.keys]


@pytest.mark.needs_data
@pytest.mark.parametrize("case", REAL, ids=lambda case: case.id)
def test_at_062_a_real_statement_is_proved_under_the_root_of_its_instance(case: real.Case) -> None:
    subject = Digest.parse(case.artifact)
    found = PUBLIC.verify(Bundle(Form.BUNDLE, case.content, subject, "file"), (subject,), case.keys)
    assert isinstance(found, SignedStatement), found
    assert found.root == ("public-good" if case.root == packaged_root() else "github")


@pytest.mark.needs_data
def test_real_statements_of_github_s_own_instance_are_among_them() -> None:
    assert GITHUB_ITS_OWN


@pytest.mark.needs_data
@pytest.mark.parametrize("case", GITHUB_ITS_OWN, ids=lambda case: case.id)
def test_github_s_own_statements_have_their_time_from_the_stamp_alone(case: real.Case) -> None:
    subject = Digest.parse(case.artifact)
    found = PUBLIC.verify(Bundle(Form.BUNDLE, case.content, subject, "file"), (subject,), ())
    assert isinstance(found, SignedStatement)
    assert (found.logged, found.verified_at is not None, found.default_root) == (False, True, False)
