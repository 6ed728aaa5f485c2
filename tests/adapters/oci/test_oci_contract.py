"""What every registry must let us do: the fake, the fake without the referrers API, Debian's, crane's."""

from __future__ import annotations

import pytest

from app.core.attestation import Answer, Bundle, Fetched, Form
from app.core.oci import Digest, Platform
from tests.adapters.oci.places import Open, Place

pytestmark = pytest.mark.needs_registry

BUNDLE = b'{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}'
PAYLOAD = b'{"critical":{}}'
ENVELOPE = b'{"payloadType":"application/vnd.in-toto+json","payload":"","signatures":[]}'
NOTES = {"dev.cosignproject.cosign/signature": "MEUC", "dev.sigstore.cosign/bundle": "{}"}


def contents(fetched: Fetched) -> list[tuple[Form, bytes]]:
    return [(bundle.form, bundle.content) for bundle in fetched.bundles]


def test_a_tag_names_the_digest_of_its_manifest(place: Place, open_registry: Open) -> None:
    digest = place.store.put_image(place.repository, "1.0")
    assert open_registry(place).resolve(place.image(tag="1.0")).digest == digest


def test_a_missing_tag_is_not_known_to_be_missing(place: Place, open_registry: Open) -> None:
    place.store.put_image(place.repository, "1.0")
    resolution = open_registry(place).resolve(place.image(tag="2.0"))
    assert (resolution.digest, resolution.lookup.code) == (None, "not-found-or-not-allowed")


def test_a_bare_image_has_nothing_attached_and_every_place_said_so(place: Place, open_registry: Open) -> None:
    digest = place.store.put_image(place.repository)
    fetched = open_registry(place).fetch(place.image(digest))
    assert fetched.bundles == ()
    assert {lookup.answer for lookup in fetched.lookups[1:]} == {Answer.NOT_THERE}


@pytest.mark.parametrize(
    ("form", "content"),
    [(Form.BUNDLE, BUNDLE), (Form.LEGACY_SIGNATURE, PAYLOAD), (Form.LEGACY_ATTESTATION, ENVELOPE)],
)
def test_each_form_is_found_byte_for_byte(place: Place, open_registry: Open, form: Form, content: bytes) -> None:
    digest = place.store.put_image(place.repository)
    place.store.attach(Bundle(form, content, digest, "", {}), place.repository)
    assert contents(open_registry(place).fetch(place.image(digest))) == [(form, content)]


def test_a_legacy_layer_keeps_its_annotations(place: Place, open_registry: Open) -> None:
    digest = place.store.put_image(place.repository)
    place.store.attach(Bundle(Form.LEGACY_SIGNATURE, PAYLOAD, digest, "", NOTES), place.repository)
    assert open_registry(place).fetch(place.image(digest)).bundles[0].annotations == NOTES


def test_all_forms_are_found_together_in_a_decided_order(place: Place, open_registry: Open) -> None:
    digest = place.store.put_image(place.repository)
    place.store.attach(Bundle(Form.LEGACY_ATTESTATION, ENVELOPE, digest, ""), place.repository)
    place.store.attach(Bundle(Form.LEGACY_SIGNATURE, PAYLOAD, digest, ""), place.repository)
    place.store.attach(Bundle(Form.BUNDLE, BUNDLE, digest, ""), place.repository)
    assert contents(open_registry(place).fetch(place.image(digest))) == [
        (Form.BUNDLE, BUNDLE),
        (Form.LEGACY_SIGNATURE, PAYLOAD),
        (Form.LEGACY_ATTESTATION, ENVELOPE),
    ]


def test_an_index_names_its_platforms(place: Place, open_registry: Open) -> None:
    index, children = place.store.put_index(place.repository, "1.0")
    fetched = open_registry(place).fetch(place.image(index))
    assert [(child.digest, child.platform) for child in fetched.platforms] == list(
        zip(children, (Platform("linux", "amd64"), Platform("linux", "arm64")), strict=True)
    )


def test_at_044_what_is_attached_to_index_and_platform_is_kept_apart(place: Place, open_registry: Open) -> None:
    index, children = place.store.put_index(place.repository, "1.0")
    place.store.attach(Bundle(Form.BUNDLE, BUNDLE, index, ""), place.repository)
    place.store.attach(Bundle(Form.LEGACY_ATTESTATION, ENVELOPE, children[1], ""), place.repository)
    found = open_registry(place).fetch(place.image(index)).bundles
    assert [(bundle.subject, bundle.form) for bundle in found] == [
        (index, Form.BUNDLE),
        (children[1], Form.LEGACY_ATTESTATION),
    ]


def test_an_absent_image_is_not_known_to_be_unsigned(place: Place, open_registry: Open) -> None:
    place.store.put_image(place.repository, "1.0")
    fetched = open_registry(place).fetch(place.image(Digest("0" * 64)))
    assert [(lookup.answer, lookup.code) for lookup in fetched.lookups] == [(Answer.FAILED, "not-found-or-not-allowed")]


def test_a_written_digest_costs_no_request_to_resolve(place: Place, open_registry: Open) -> None:
    registry = open_registry(place)
    resolution = registry.resolve(place.image(Digest("0" * 64)))
    assert (resolution.digest, registry.spans) == (Digest("0" * 64), ())
