"""Reading OCI documents: whatever bytes come, a document or a `DocumentError`."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.oci_documents import (
    DocumentError,
    Index,
    Manifest,
    is_envelope,
    platforms,
    read_document,
    read_referrers,
    shown,
    signature_layers,
)
from app.core.attestation import Form
from app.core.oci import Digest, Platform
from tests.fakes.image_store import DSSE, INDEX, LAYER, MANIFEST, SIMPLE_SIGNING, descriptor, encode

SUBJECT = Digest("a" * 64)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 5) | st.sampled_from(["", MANIFEST, INDEX, DSSE, str(SUBJECT)]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["mediaType", "manifests", "layers", "config", "digest", "size", "platform", "subject"]),
            inner,
        )
    ),
    max_leaves=20,
)


def manifest(*layers: dict[str, object], **more: object) -> bytes:
    return encode({"schemaVersion": 2, "mediaType": MANIFEST, "config": {}, "layers": list(layers), **more})


@settings(max_examples=200, deadline=None)
@given(VALUES, st.sampled_from([None, MANIFEST, INDEX, "application/json"]))
def test_any_json_is_read_or_refused(value: object, content_type: str | None) -> None:
    for read in (lambda content: read_document(content, content_type), read_referrers):
        try:
            read(json.dumps(value).encode())
        except DocumentError as error:
            assert error.code in {"malformed", "unsupported", "too-many"}  # noqa: PT017 - it need not raise


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with pytest.raises(DocumentError):
        read_document(content, MANIFEST)


def test_a_manifest_says_what_it_refers_to() -> None:
    document = read_document(manifest(subject=descriptor(MANIFEST, b"x")), MANIFEST)
    assert isinstance(document, Manifest)
    assert document.subject == Digest.of(b"x")


def test_a_carriers_parameters_are_no_part_of_its_media_type() -> None:
    assert isinstance(read_document(manifest(), f"{MANIFEST}; charset=utf-8"), Manifest)


def test_a_manifest_may_leave_its_media_type_to_its_carrier() -> None:
    assert read_document(b'{"config":{},"layers":[]}', MANIFEST).media_type == MANIFEST


def test_an_old_docker_manifest_is_not_read() -> None:
    with pytest.raises(DocumentError, match="type"):
        read_document(b'{"schemaVersion":1,"fsLayers":[]}', "application/vnd.docker.distribution.manifest.v1+json")


def test_platforms_keep_their_variant() -> None:
    child = descriptor(MANIFEST, b"x", platform={"os": "linux", "architecture": "arm", "variant": "v7"})
    document = read_document(encode({"mediaType": INDEX, "manifests": [child]}), INDEX)
    assert isinstance(document, Index)
    assert [one.platform for one in platforms(document)] == [Platform("linux", "arm", "v7")]


def test_layers_are_sorted_by_their_own_types() -> None:
    document = read_document(manifest(descriptor(SIMPLE_SIGNING, b"a"), descriptor(LAYER, b"b")), MANIFEST)
    assert isinstance(document, Manifest)
    found = signature_layers(document)
    assert ([form for form, _ in found.readable], found.unread) == ([Form.LEGACY_SIGNATURE], ())


def test_an_image_of_many_layers_is_no_signature() -> None:
    document = read_document(manifest(*(descriptor(LAYER, b"%d" % number) for number in range(127))), MANIFEST)
    assert isinstance(document, Manifest)
    assert signature_layers(document).readable == ()


def test_only_an_envelope_has_the_shape_of_one() -> None:
    assert [is_envelope(one) for one in (b'{"payloadType":1,"signatures":1}', b'{"_type":"x"}', b"no json")] == [
        True,
        False,
        False,
    ]


def test_an_ill_formed_media_type_is_not_shown() -> None:
    assert [shown("application/x"), shown("a b/c"), shown("@acme")] == [
        "application/x",
        *["an ill-formed media type"] * 2,
    ]


@pytest.mark.parametrize(
    "entry",
    [
        {"platform": "linux"},
        {"platform": {"os": 1}},
        {"annotations": {"a": 1}},
        {"annotations": []},
        {"artifactType": 1},
    ],
)
def test_a_descriptor_with_a_field_of_another_kind_is_refused(entry: dict[str, object]) -> None:
    with pytest.raises(DocumentError):
        read_referrers(encode({"manifests": [descriptor(MANIFEST, b"x", **entry)]}))
