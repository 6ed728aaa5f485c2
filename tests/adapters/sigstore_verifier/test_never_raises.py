"""Whatever a bundle holds, the answer is a statement or a rejection, and only the untouched is a statement."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Never

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.sigstore_verifier import SigstoreVerifier
from app.adapters.sigstore_verifier.reading import decode, number, read_json
from app.adapters.sigstore_verifier.reasons import Refused
from app.core.attestation import Bundle, Form, Rejection, SignedStatement
from tests.adapters.sigstore_verifier.making import (
    ACCEPTED,
    IMAGE,
    KEY,
    ROOT,
    VERIFIER,
    Accepted,
    attest,
    code,
    sign,
    verify,
)

BUNDLES = [
    attest(tsa=True),
    attest(rekor=2),
    attest(KEY),
    attest(form=Form.LEGACY_ATTESTATION, tsa=True),
    sign(form=Form.LEGACY_SIGNATURE),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(list(Form)), st.binary(max_size=400), st.dictionaries(st.text(max_size=60), st.text(max_size=60))
)
def test_any_bytes_are_answered(form: Form, content: bytes, annotations: dict[str, str]) -> None:
    assert isinstance(verify(Bundle(form, content, IMAGE, "x", annotations), KEY.public()), Rejection)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(BUNDLES), st.data())
def test_any_changed_byte_is_answered(bundle: Bundle, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(bundle.content) - 1))
    changed = bytearray(bundle.content)
    changed[position] = data.draw(st.integers(0, 255))
    assert code(verify(replace(bundle, content=bytes(changed)), KEY.public())) != "internal"


def _paths(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict | list):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _paths(child, (*path, key))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([bundle for bundle in BUNDLES if bundle.form is Form.BUNDLE]), st.data())
def test_any_value_in_any_field_is_answered(bundle: Bundle, data: st.DataObject) -> None:
    read = json.loads(bundle.content)
    *above, last = data.draw(st.sampled_from([path for path in _paths(read) if path]))
    place = read
    for step in above:
        place = place[step]
    place[last] = data.draw(JSON)
    content = json.dumps(read).encode("utf-8", "surrogatepass")
    assert code(verify(replace(bundle, content=content), KEY.public())) != "internal"


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([bundle for bundle in BUNDLES if bundle.form is not Form.BUNDLE]), st.data())
def test_any_value_in_any_annotation_is_answered(bundle: Bundle, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(bundle.annotations)))
    annotations = {**bundle.annotations, name: data.draw(st.text(max_size=200) | JSON.map(json.dumps))}
    assert code(verify(replace(bundle, annotations=annotations), KEY.public())) != "internal"


class Raising(dict):
    """Annotations that raise whatever they are told."""

    def __init__(self, error: type[BaseException]) -> None:
        super().__init__()
        self.error = error

    def get(self, key: object, default: object = None) -> Never:
        raise self.error


ERRORS = [ValueError, TypeError, KeyError, RecursionError, MemoryError, AssertionError, OverflowError, UnicodeError]


@pytest.mark.parametrize("error", ERRORS)
def test_at_052_an_untyped_error_inside_is_a_rejection(error: type[BaseException]) -> None:
    bundle = Bundle(Form.LEGACY_SIGNATURE, b"{}", IMAGE, "x", Raising(error))
    assert code(verify(bundle)) == "internal"


def test_at_052_a_clock_that_fails_is_a_rejection() -> None:
    def broken() -> Never:
        raise OSError

    assert code(SigstoreVerifier(ROOT, broken).verify(attest(), (IMAGE,), ())) == "internal"


@pytest.mark.parametrize("form", ACCEPTED, ids=lambda form: form.name)
def test_an_empty_list_of_images_is_never_covered(form: Accepted) -> None:
    assert isinstance(VERIFIER.verify(form.make(), (), form.keys), Rejection)


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_json_that_is_read_has_one_meaning(value: object) -> None:
    raw = json.dumps(value).encode("utf-8", "surrogatepass")
    try:
        read = read_json(raw, "malformed")
    except Refused:
        return
    assert json.dumps(read) == json.dumps(value)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_base64_that_is_decoded_has_one_spelling(raw: bytes) -> None:
    assert decode(base64.b64encode(raw).decode(), "malformed") == raw


@pytest.mark.parametrize(
    "spelling", ["AA", "AA=", "A===", "AB==", "A A=", "AA==\n", "_w==", "-w==", "é", 7, None], ids=repr
)
def test_other_spellings_of_base64_are_refused(spelling: object) -> None:
    with pytest.raises(Refused):
        decode(spelling, "malformed")


@pytest.mark.parametrize(
    "spelling", ["-1", "1.0", " 1", "0x1", "", "\u0661", -1, 2**63, "9" * 40, True, 1.5, []], ids=repr
)
def test_other_spellings_of_numbers_are_refused(spelling: object) -> None:
    with pytest.raises(Refused):
        number(spelling, "malformed")


def test_an_untouched_bundle_is_a_statement() -> None:
    assert all(isinstance(verify(bundle, KEY.public()), SignedStatement) for bundle in BUNDLES)
