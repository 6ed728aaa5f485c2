"""Snappy as it is read: what was written comes back, and nothing else ever does, whatever is sent."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.github.snappy import SnappyError, decompress
from tests.fakes.snappy import chunk, compress, frame, varint

TEXT = b'{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}' * 40
WRITTEN_BY_GO = (  # the first four lines of `TEXT`, in the raw and in the framed format
    "9AHwPHsibWVkaWFUeXBlIjoiYXBwbGljYXRpb24vdm5kLmRldi5zaWdzdG9yZS5idW5kbGUudjAuMytqc29uIn3+PQD+PQDaPQA=",
    (
        "/wYAAHNOYVBwWQBOAABWxw7s9AHwPHsibWVkaWFUeXBlIjoiYXBwbGljYXRpb24vdm5kLmRldi5zaWdzdG9yZS5idW5kbGUudjAuMytqc29uIn3+"
        "PQD+PQDaPQA="
    ),
)
STREAM = b"\xff\x06\x00\x00sNaPpY"
CONTENTS = st.lists(st.sampled_from([b"abcdefgh", b"abc", b"\x00" * 70, b"x" * 300, b"zebra and lion"])).map(b"".join)


@given(CONTENTS)
@settings(max_examples=100, deadline=None)
def test_what_was_compressed_comes_back(content: bytes) -> None:
    assert decompress(compress(content), len(content)) == content


@given(CONTENTS)
@settings(max_examples=50, deadline=None)
def test_what_was_framed_comes_back(content: bytes) -> None:
    assert decompress(frame(content), len(content)) == content


@pytest.mark.parametrize("written", WRITTEN_BY_GO)
def test_what_another_program_wrote_is_read(written: str) -> None:
    assert decompress(base64.b64decode(written), 1000) == TEXT[: len(TEXT) // 10]


@given(st.binary(max_size=200), st.booleans())
@settings(max_examples=200, deadline=None)
def test_at_052_whatever_is_sent_is_read_within_the_bound_or_refused(content: bytes, framed: bool) -> None:  # noqa: FBT001
    try:
        found = decompress(STREAM + content if framed else content, 64)
    except SnappyError:
        return
    assert len(found) <= 64


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_cut_off_anywhere_it_is_refused(data: st.DataObject) -> None:
    content = compress(TEXT)
    with pytest.raises(SnappyError):
        decompress(content[: data.draw(st.integers(0, len(content) - 1))], len(TEXT))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (varint(0), b""),
        (b"\x05\x10hello", b"hello"),
        (b"\x08\x04ab\x09\x02", b"abababab"),  # a near copy that repeats what it makes
        (b"\x08\x04ab\x16\x02\x00", b"abababab"),  # a far one
        (b"\x08\x04ab\x17\x02\x00\x00\x00", b"abababab"),  # one with four bytes of distance
        (b"\x03\xf0\x02abc", b"abc"),  # a literal whose length stands in a byte of its own
    ],
)
def test_each_kind_of_element_is_read(content: bytes, found: bytes) -> None:
    assert decompress(content, 64) == found


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff" * 5,  # a length without end
        b"\x80\x80\x80\x80\x80\x01",
        b"\x05\x10hell",  # a literal that ends too early
        b"\x05\xfc",  # its length likewise
        b"\x04\x10hello",  # more than announced
        b"\x06\x10hello",  # less than announced
        b"\x05\x01\x01",  # a copy of what is not there
        b"\x08\x04ab\x09\x00",  # one of nothing
        b"\x08\x04ab\x09",  # one that ends too early
        STREAM + b"\x00\xff\x00\x00",  # a chunk that ends too early
        STREAM + b"\x00\x00",
        STREAM + chunk(0x02, b"...."),  # of a kind that may not be skipped
        STREAM + chunk(0x00, b"...."),
    ],
)
def test_what_is_not_the_format_is_refused(content: bytes) -> None:
    with pytest.raises(SnappyError) as refused:
        decompress(content, 64)
    assert not refused.value.too_large


@pytest.mark.parametrize(
    "content",
    [
        varint(65),
        b"\xff\xff\xff\xff\x7f",  # four gigabytes and more, announced in five bytes
        STREAM + chunk(0x01, b"...." + b"x" * 65),
        STREAM + chunk(0x01, b"...." + b"x" * 40) + chunk(0x00, b"...." + compress(b"y" * 40)),
    ],
)
def test_at_093_larger_than_allowed_is_refused_before_it_is_made(content: bytes) -> None:
    with pytest.raises(SnappyError) as refused:
        decompress(content, 64)
    assert refused.value.too_large


@pytest.mark.parametrize("skipped", [0x80, 0xFD, 0xFE, 0xFF])
def test_chunks_that_may_be_skipped_are(skipped: int) -> None:
    assert decompress(STREAM + chunk(skipped, b"zzz") + chunk(0x01, b"....abc"), 64) == b"abc"
