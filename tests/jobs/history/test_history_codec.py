"""What is written for a cache is read as the same again, and nothing else is read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.history import (
    Arrival,
    CommitFacts,
    Event,
    Gap,
    ImageUpdate,
    PolicyChange,
    Signature,
    SignedBy,
)
from app.core.inventory import Artifact, ImageChange, ImageLines, ImageUse, ImageVersion, ObjectReference, Source
from app.core.oci import Digest, ImageName
from app.core.policy_edit import Effect, PolicyEdit, Severity
from app.jobs.history.codec import NotWritten, read, written

TEXTS = st.text(st.characters(), max_size=8)
MAYBE = st.none() | TEXTS
ZONES = st.sampled_from((UTC, timezone(timedelta(hours=-7))))
TIMES = st.builds(datetime.fromtimestamp, st.integers(0, 250_000_000_000), ZONES)
PEOPLE = st.builds(Signature, TEXTS, TEXTS)
OBJECTS = st.builds(ObjectReference, TEXTS, TEXTS, TEXTS, TEXTS)
NAMES = st.builds(ImageName, TEXTS, TEXTS)
DIGESTS = st.builds(Digest.of, st.binary(max_size=4))
USES = st.builds(
    ImageUse,
    *(TEXTS, st.integers(), TEXTS, TEXTS, st.none() | NAMES, MAYBE, st.none() | DIGESTS, TEXTS),
    object=st.none() | OBJECTS,
    lines=st.lists(st.integers(), max_size=2).map(tuple),
    problem=MAYBE,
    parts=st.none() | st.builds(ImageLines, st.integers()),
    artifact=st.sampled_from(Artifact),
    source=st.none() | st.builds(Source, TEXTS, TEXTS, TEXTS, TEXTS),
    said=st.booleans(),
)
VERSIONS = st.none() | st.builds(ImageVersion, MAYBE, st.none() | DIGESTS)
IMAGES = st.builds(ImageChange, st.none() | NAMES, VERSIONS, VERSIONS, st.lists(USES, max_size=2).map(tuple))
EDITS = st.builds(
    PolicyEdit,
    *(TEXTS, st.none() | OBJECTS, TEXTS, MAYBE, MAYBE, st.sampled_from(Effect), TEXTS),
    severity=st.sampled_from(Severity),
)
FACTS = st.builds(
    CommitFacts,
    *(TEXTS, st.lists(TEXTS, max_size=2).map(tuple), PEOPLE, PEOPLE, TIMES, TIMES, TEXTS),
    pull_request=st.none() | st.integers(),
    signed=st.none() | st.sampled_from(SignedBy),
    arrival=st.sampled_from(Arrival),
)
WHATS = st.builds(ImageUpdate, IMAGES) | st.builds(
    PolicyChange, TEXTS, st.none() | OBJECTS, st.lists(EDITS, max_size=2).map(tuple)
)
FOUND = st.lists(st.builds(Event, FACTS, WHATS) | st.builds(Gap, TEXTS, TEXTS, TEXTS), max_size=3).map(tuple)


@given(FOUND)
@settings(max_examples=150, deadline=None)
def test_reads_what_was_written(found: tuple[Event | Gap, ...]) -> None:
    assert read(written(found)) == found


def test_text_that_is_no_utf_8_comes_back() -> None:
    assert read(written("\udcff")) == "\udcff"


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "nonsense", '["Popen","ls"]', '["Gap","a"]', '["Gap","a","b","c","d"]', '["datetime","x"]'),
        *('["Effect","no such word"]', '["Digest","zz"]', "[]", "[[]]", '["datetime"]', "[" * 100_000),
    ],
)
def test_what_was_not_written_is_refused(text: str) -> None:
    with pytest.raises(NotWritten):
        read(text)


def test_a_value_that_is_not_listed_is_not_written() -> None:
    with pytest.raises(KeyError):
        written(object())
