"""A certificate's chain at each of several times, under a root that names authorities which are not in force."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import datetime, timedelta

import pytest

from app.adapters.sigstore_verifier import SigstoreVerifier
from tests.adapters.sigstore_verifier.making import IDENTITY, IMAGE, SIGSTORE, Json, attest, code, now
from tests.fakes.sigstore import Details, PrivateSigstore

FOUR_MINUTES = Details(stamped=SIGSTORE.now + timedelta(minutes=4))
"""The log promises the time of signing, the stamp states a later one."""

PAST = {"start": "2000-01-01T00:00:00Z", "end": "2001-01-01T00:00:00Z"}


def under(root: Json, details: Details = FOUR_MINUTES) -> str:
    """Return the code for a bundle with two times."""
    verifier = SigstoreVerifier(json.dumps(root).encode(), now)
    return code(verifier.verify(attest(tsa=True, details=details), (IMAGE,), ()))


def written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_two_times_within_everything_are_accepted() -> None:
    assert under(SIGSTORE.trusted_root()) == "accepted"


@pytest.mark.parametrize("minutes", [-1, 2])
def test_an_authority_must_be_in_force_at_each_time(minutes: int) -> None:
    root = SIGSTORE.trusted_root()
    root["certificateAuthorities"][0]["validFor"]["end"] = written(SIGSTORE.now + timedelta(minutes=minutes))
    assert under(root) == "authority-expired"


@pytest.mark.parametrize("kind", ["certificateAuthorities", "timestampAuthorities"])
@pytest.mark.parametrize("place", [0, 1])
def test_an_authority_out_of_force_takes_nothing_from_one_in_force(kind: str, place: int) -> None:
    root = SIGSTORE.trusted_root()
    root[kind].insert(place, {**deepcopy(root[kind][0]), "validFor": PAST})
    assert under(root) == "accepted"


@pytest.mark.parametrize("kind", ["certificateAuthorities", "timestampAuthorities"])
def test_an_authority_in_force_takes_nothing_from_a_stranger(kind: str) -> None:
    root = SIGSTORE.trusted_root()
    root[kind] = PrivateSigstore("a stranger").trusted_root()[kind]
    expected = {"certificateAuthorities": "authority-unknown", "timestampAuthorities": "timestamp-invalid"}
    assert under(root) == expected[kind]


@pytest.mark.parametrize(("minutes", "expected"), [(1, "accepted"), (4, "authority-unknown")])
def test_a_chain_proved_at_one_time_is_not_proved_at_one_beyond_its_certificates(minutes: int, expected: str) -> None:
    short = PrivateSigstore("short")
    window = (short.now - timedelta(days=1), short.now + timedelta(minutes=2))
    short.authority = short.root.authority("of two minutes more", window)
    stamped = Details(stamped=short.now + timedelta(minutes=minutes))
    bundle = attest(short.signer(IDENTITY), sigstore=short, tsa=True, details=stamped)
    verifier = SigstoreVerifier(short.trusted_root_json(), now)
    assert code(verifier.verify(bundle, (IMAGE,), ())) == expected
