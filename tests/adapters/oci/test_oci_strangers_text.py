"""Challenges and URLs that a stranger sent."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.oci_registry.challenges import Challenge, read_challenges
from app.adapters.oci_registry.locations import Location, read_location
from app.adapters.oci_registry.transport import Origin
from app.core.errors import InvalidReference
from app.core.oci import ImageReference

BASE = Origin("https", "registry.example", 443)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('Bearer realm="https://a/t",service="s"', (("bearer", {"realm": "https://a/t", "service": "s"}),)),
        ('BASIC Realm="x"', (("basic", {"realm": "x"}),)),
        ("Bearer realm=token", (("bearer", {"realm": "token"}),)),
        ('Basic realm="a", Bearer realm="b"', (("basic", {"realm": "a"}), ("bearer", {"realm": "b"}))),
        ('Bearer realm="a\\"b"', (("bearer", {"realm": 'a"b'}),)),
        ('Bearer scope="a,b:pull" , service="x"', (("bearer", {"scope": "a,b:pull", "service": "x"}),)),
        ("Negotiate", (("negotiate", {}),)),
        ("", ()),
        ('Bearer realm="unended', ()),
        ("Bearer realm=", ()),
        ('Bearer realm="a",realm="b"', ()),
        ("=", ()),
        ("Bearer =x", ()),
        ('Bearer realm="ä"', ()),
        ("A, B, C, D", ()),
        ('Bearer realm="a' + "a" * 5000 + '"', ()),
    ],
)
def test_challenges_are_read(header: str, expected: tuple[tuple[str, dict[str, str]], ...]) -> None:
    assert read_challenges(header) == tuple(Challenge(scheme, parameters) for scheme, parameters in expected)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='Bearer realm="\\,= \tx', max_size=200))
def test_any_challenge_is_read_or_refused(header: str) -> None:
    assert len(read_challenges(header)) <= 3


@pytest.mark.parametrize("piece", ["@", " ", "<", ",", '"', "\\", "a=", 'a="', "a,"])
def test_at_103_no_text_of_a_stranger_is_slow_to_read(piece: str) -> None:
    text = piece * (100 * 1024 // len(piece))
    began = time.thread_time()
    read_challenges(text)
    read_challenges(f"Bearer {piece * 1000}"[:4096])
    read_location(text, BASE)
    read_location(f"https://{text}"[:8192], BASE)
    with pytest.raises(InvalidReference):
        ImageReference.parse(text)
    assert time.thread_time() - began < 0.05


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://a.example/b?c=d", Location(Origin("https", "a.example", 443), "/b?c=d")),
        ("https://A.Example:8443", Location(Origin("https", "a.example", 8443), "/")),
        ("http://a.example?x=1", Location(Origin("http", "a.example", 80), "/?x=1")),
        ("/v2/x", Location(BASE, "/v2/x")),
        ("//evil.example/x", None),
        ("https://u@a.example/", None),
        ("https://a.example/#f", None),
        ("https://a.example/ b", None),
        ("https://a.example/\r\nHost: b", None),
        ("https://a.example:0/", None),
        ("https://a.example:65536/", None),
        ("https://-a.example/", None),
        ("https://a.example./", None),
        ("https://[::1]/", None),
        ("ftp://a.example/", None),
        ("https:///x", None),
        ("x", None),
        ("https://a.example/" + "x" * 9000, None),
    ],
)
def test_urls_are_read_by_our_grammar_or_refused(text: str, expected: Location | None) -> None:
    assert read_location(text, BASE) == expected


def test_a_path_alone_is_no_place() -> None:
    assert read_location("/token") is None


@pytest.mark.parametrize(
    "text",
    [
        "registry.example/../../admin:1",
        "registry.example/a//b",
        "registry.example/a/./b",
        "registry.example/%2e%2e/b",
        "registry.example/a:1?x=1",
        "registry.example/a:1#f",
    ],
)
def test_at_079_a_name_that_leaves_its_place_is_no_reference(text: str) -> None:
    with pytest.raises(InvalidReference):
        ImageReference.parse(text)


@pytest.mark.parametrize("character", ["\r\n", "\0", "\t", "\u2028"])
def test_at_092_a_control_character_is_no_part_of_a_reference(character: str) -> None:
    with pytest.raises(InvalidReference):
        ImageReference.parse(f"registry.example/a:1{character}b")
