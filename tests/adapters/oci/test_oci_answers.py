"""What a registry's answers mean: there, not there, or not known; and documents with two readings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.core.attestation import Answer, Bundle, Form
from app.core.oci import Digest, Platform
from tests.adapters.oci.places import QUICK, REPOSITORY, Open, attached_blobs, failures, of, targets
from tests.fakes.image_store import CONFIG, DSSE, EMPTY, INDEX, MANIFEST, descriptor, encode
from tests.fakes.registry import FakeRegistry, Fault

CONTENT = b'{"mediaType":"bundle"}'
PLACES = {
    "referrers": "GET /v2/.*/referrers/",
    ".sig tag": r"GET /v2/.*/manifests/sha256-\w+\.sig",
    ".att tag": r"GET /v2/.*/manifests/sha256-\w+\.att",
}
STATUSES = {
    401: "unauthorized",
    403: "forbidden",
    418: "unexpected-status",
    429: "rate-limited",
    500: "server-error",
    502: "server-error",
    503: "server-error",
    307: "redirect-refused",
    204: "unexpected-status",
}


@pytest.fixture
def digest(fake: FakeRegistry) -> Digest:
    return fake.put_image(REPOSITORY, "1")


@pytest.mark.parametrize(("status", "code"), STATUSES.items())
@pytest.mark.parametrize("place", PLACES)
def test_at_055_a_place_that_fails_never_counts_as_empty(
    *, fake: FakeRegistry, digest: Digest, open_registry: Open, place: str, status: int, code: str
) -> None:
    fake.fail(Fault(PLACES[place], status=status))
    fetched = open_registry(fake).fetch(of(fake, digest))
    assert [(lookup.where.partition(" of ")[0], lookup.code) for lookup in fetched.lookups if lookup.code] == [
        (place, code)
    ]


@pytest.mark.parametrize(("status", "code"), [*STATUSES.items(), (404, "not-found-or-not-allowed")])
def test_at_055_an_image_that_cannot_be_read_is_not_unsigned(
    *, fake: FakeRegistry, digest: Digest, open_registry: Open, status: int, code: str
) -> None:
    fake.fail(Fault("manifests/sha256:", status=status))
    fetched = open_registry(fake).fetch(of(fake, digest))
    assert [(lookup.where, lookup.answer, lookup.code) for lookup in fetched.lookups] == [
        ("manifest", Answer.FAILED, code)
    ]


@pytest.mark.parametrize(("status", "code"), [*STATUSES.items(), (404, "not-found-or-not-allowed")])
def test_at_055_a_tag_that_cannot_be_read_names_nothing(
    *, fake: FakeRegistry, digest: Digest, open_registry: Open, status: int, code: str
) -> None:
    fake.fail(Fault("manifests/1$", status=status))
    resolution = open_registry(fake).resolve(of(fake, tag="1"))
    assert (resolution.digest, resolution.lookup.code) == (None, code)


@pytest.mark.parametrize("status", [400, 404, 405, 406])
def test_a_registry_without_the_referrers_api_is_asked_for_the_tag(
    *, fake: FakeRegistry, digest: Digest, open_registry: Open, status: int
) -> None:
    fake.fail(Fault(PLACES["referrers"], status=status))
    fetched = open_registry(fake).fetch(of(fake, digest))
    assert [lookup.where.partition(" of ")[0] for lookup in fetched.lookups] == [
        "manifest",
        "referrers",
        "referrers tag",
        ".sig tag",
        ".att tag",
    ]


def test_a_garbled_answer_is_a_failure(fake: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    fake.fail(Fault(PLACES[".sig tag"], raw=b"\x00\xff garbage\r\n\r\n"))
    assert failures(open_registry(fake).fetch(of(fake, digest))) == {"connection"}


def test_a_connection_that_is_cut_is_a_failure(fake: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    fake.fail(Fault(PLACES[".sig tag"], raw=b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"))
    assert failures(open_registry(fake).fetch(of(fake, digest))) == {"connection"}


def test_one_place_that_fails_leaves_the_others_found(fake: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    fake.attach(Bundle(Form.BUNDLE, CONTENT, digest, ""), REPOSITORY)
    fake.fail(Fault(PLACES[".sig tag"], status=500))
    fetched = open_registry(fake).fetch(of(fake, digest))
    assert ([bundle.content for bundle in fetched.bundles], failures(fetched)) == ([CONTENT], {"server-error"})


def test_a_short_wait_is_waited_once(fake: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    waited: list[float] = []
    fake.fail(Fault(PLACES[".sig tag"], status=429, headers={"Retry-After": "2"}, times=1))
    fetched = open_registry(fake, pause=waited.append).fetch(of(fake, digest))
    assert (failures(fetched), waited) == (set(), [2.0])


def test_a_long_wait_is_handed_on(fake: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    waited: list[float] = []
    fake.fail(Fault(PLACES[".sig tag"], status=503, headers={"Retry-After": "120"}))
    fetched = open_registry(fake, pause=waited.append).fetch(of(fake, digest))
    told = [lookup.retry_after for lookup in fetched.lookups if lookup.answer is Answer.FAILED]
    assert (told, waited) == ([120.0], [])


@pytest.mark.parametrize("when", ["Mon, 1 Jan 99999999999999999999 00:00:00 GMT", "never", "-1", "9" * 40])
def test_a_wait_that_means_nothing_is_none(fake: FakeRegistry, digest: Digest, open_registry: Open, when: str) -> None:
    fake.fail(Fault(PLACES[".sig tag"], status=503, headers={"Retry-After": when}))
    fetched = open_registry(fake).fetch(of(fake, digest))
    assert [(one.code, one.retry_after) for one in fetched.lookups if one.answer is Answer.FAILED] == [
        ("server-error", None)
    ]


def test_a_date_to_wait_for_is_held_against_the_answers_own_date(
    fake: FakeRegistry, digest: Digest, open_registry: Open
) -> None:
    raw = (
        b"HTTP/1.1 503 Busy\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\n"
        b"Retry-After: Mon, 01 Jan 2024 00:01:30 GMT\r\nContent-Length: 0\r\n\r\n"
    )
    fake.fail(Fault(PLACES[".sig tag"], raw=raw))
    fetched = open_registry(fake).fetch(of(fake, digest))
    assert [lookup.retry_after for lookup in fetched.lookups if lookup.answer is Answer.FAILED] == [90.0]


def test_at_039_other_bytes_under_a_digest_are_refused(fake: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    other = fake.read_manifest(REPOSITORY, str(fake.put_image(REPOSITORY, seed="other")))
    assert other is not None
    headers = {"Docker-Content-Digest": str(digest), "Content-Type": MANIFEST}
    fake.fail(Fault(f"manifests/{digest}", status=200, headers=headers, body=other))
    fetched = open_registry(fake).fetch(of(fake, digest))
    assert (fetched.descriptor, failures(fetched)) == (None, {"digest-mismatch"})


def test_at_039_other_bytes_of_a_blob_are_refused(fake: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    fake.attach(Bundle(Form.BUNDLE, CONTENT, digest, ""), REPOSITORY)
    fake.replace_blob(REPOSITORY, Digest.of(CONTENT), CONTENT[::-1])
    fetched = open_registry(fake).fetch(of(fake, digest))
    assert (fetched.bundles, failures(fetched)) == ((), {"digest-mismatch"})


def test_a_header_alone_never_names_a_digest(fake: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    fake.fail(Fault("manifests/1$", headers={"Docker-Content-Digest": "sha256:" + "0" * 64}))
    assert open_registry(fake).resolve(of(fake, tag="1")).digest == digest


def test_at_042_a_tag_is_asked_for_once_a_job(fake: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    registry = open_registry(fake)
    first = registry.resolve(of(fake, tag="1"))
    fake.put_image(REPOSITORY, "1", seed="another")
    assert (registry.resolve(of(fake, tag="1")), targets(fake)) == (first, [f"/v2/{REPOSITORY}/manifests/1"])


def test_at_042_the_bytes_of_a_resolved_tag_are_not_asked_for_again(
    fake: FakeRegistry, digest: Digest, open_registry: Open
) -> None:
    registry = open_registry(fake)
    registry.fetch(of(fake, registry.resolve(of(fake, tag="1")).digest))
    assert [target for target in targets(fake) if f"manifests/{digest}" in target] == []


IMAGE: dict[str, Any] = {
    "schemaVersion": 2,
    "mediaType": MANIFEST,
    "config": descriptor(CONFIG, b"{}"),
    "layers": [],
}
LIST: dict[str, Any] = {"schemaVersion": 2, "mediaType": INDEX, "manifests": []}
BAD = [
    ({**IMAGE, "manifests": []}, MANIFEST, "malformed"),
    ({**LIST, "layers": []}, INDEX, "malformed"),
    ({**LIST, "config": {}}, INDEX, "malformed"),
    (IMAGE, INDEX, "malformed"),
    (LIST, MANIFEST, "malformed"),
    ({"schemaVersion": 2, "manifests": []}, INDEX, "malformed"),
    ({**IMAGE, "mediaType": INDEX}, INDEX, "unsupported"),
    ({**IMAGE, "mediaType": "application/json"}, "application/json", "unsupported"),
    ({**IMAGE, "mediaType": 1}, MANIFEST, "malformed"),
    ({**IMAGE, "layers": {}}, MANIFEST, "malformed"),
    ({**IMAGE, "layers": [1]}, MANIFEST, "malformed"),
    ({**IMAGE, "layers": [{"mediaType": "a/b", "digest": "sha256:" + "0" * 64, "size": -1}]}, MANIFEST, "malformed"),
    ({**IMAGE, "layers": [{"mediaType": "a/b", "digest": "sha256:" + "0" * 64, "size": True}]}, MANIFEST, "malformed"),
]


@pytest.mark.parametrize(("document", "content_type", "code"), BAD)
def test_at_043_a_document_with_two_readings_has_none(
    *, fake: FakeRegistry, open_registry: Open, document: dict[str, Any], content_type: str, code: str
) -> None:
    digest = fake.put_manifest(REPOSITORY, encode(document), content_type)
    fetched = open_registry(fake).fetch(of(fake, digest))
    assert (fetched.descriptor, failures(fetched)) == (None, {code})


@pytest.mark.parametrize("content", [b"", b"no json", b"[]", b"\xff", b"[" * 15_000, b'{"a":1,"a":2}'])
def test_at_043_what_is_no_document_is_refused(fake: FakeRegistry, open_registry: Open, content: bytes) -> None:
    digest = fake.put_manifest(REPOSITORY, content, MANIFEST)
    assert failures(open_registry(fake).fetch(of(fake, digest))) == {"malformed"}


@pytest.mark.parametrize(
    "bad",
    ["sha256:../../v2/x", "md5:" + "0" * 32, "sha256:" + "0" * 63, "sha256:" + "A" * 64, "sha512:" + "0" * 128, ""],
)
def test_at_078_a_digest_that_is_none_is_never_put_into_a_url(
    *, fake: FakeRegistry, digest: Digest, open_registry: Open, bad: str
) -> None:
    layer = {"mediaType": DSSE, "digest": bad, "size": 2}
    fake.put_manifest(REPOSITORY, encode({**IMAGE, "layers": [layer]}), MANIFEST, f"sha256-{digest.hex}.att")
    fetched = open_registry(fake).fetch(of(fake, digest))
    assert (failures(fetched), attached_blobs(fake, digest)) == ({"malformed"}, [])


def test_at_044_an_index_in_an_index_is_refused(fake: FakeRegistry, open_registry: Open) -> None:
    inner = encode(LIST)
    fake.put_manifest(REPOSITORY, inner, INDEX)
    digest = fake.put_manifest(REPOSITORY, encode({**LIST, "manifests": [descriptor(INDEX, inner)]}), INDEX)
    assert failures(open_registry(fake).fetch(of(fake, digest))) == {"unsupported"}


def test_build_records_are_no_platforms(fake: FakeRegistry, open_registry: Open) -> None:
    record = descriptor(MANIFEST, b"{}", platform={"os": "unknown", "architecture": "unknown"})
    index, children = fake.put_index(REPOSITORY, children=[record])
    assert [child.digest for child in open_registry(fake).fetch(of(fake, index)).platforms] == list(children)


@pytest.mark.parametrize("media_type", [MANIFEST, "application/vnd.example+json", f"{MANIFEST}; charset=utf-8"])
def test_at_044_whatever_a_runtime_might_take_from_an_index_is_a_platform(
    fake: FakeRegistry, open_registry: Open, media_type: str
) -> None:
    record = {"vnd.docker.reference.type": "attestation-manifest"}
    hidden = {
        **descriptor(media_type, b"{}", platform={"os": "linux", "architecture": "s390x"}),
        "annotations": record,
    }
    index, children = fake.put_index(REPOSITORY, children=[hidden])
    found = [child.digest for child in open_registry(fake).fetch(of(fake, index)).platforms]
    assert found == [*children, Digest.of(b"{}")]


def test_of_many_platforms_only_the_common_ones_are_asked_and_that_is_said(
    fake: FakeRegistry, open_registry: Open
) -> None:
    others = [Platform("linux", f"arch{number}") for number in range(7)]
    platforms = [Platform("linux", "amd64"), *others, Platform("linux", "arm64", "v8")]
    index, _ = fake.put_index(REPOSITORY, platforms=platforms)
    fetched = open_registry(fake).fetch(of(fake, index))
    assert [lookup.where for lookup in fetched.lookups if lookup.where.startswith(".sig")][1:] == [
        ".sig tag of linux/amd64",
        ".sig tag of linux/arm64/v8",
    ]
    assert fetched.lookups[-1].detail == "7 of 9 platforms were not asked for"


def test_a_platform_with_a_strangers_name_is_spoken_of_by_its_digest(fake: FakeRegistry, open_registry: Open) -> None:
    index, children = fake.put_index(REPOSITORY, platforms=[Platform("linux", "<b> @acme")])
    labels = {lookup.where for lookup in open_registry(fake).fetch(of(fake, index)).lookups}
    assert f".sig tag of {children[0].short}" in labels


def test_an_index_among_the_referrers_holds_no_signature(
    fake: FakeRegistry, digest: Digest, open_registry: Open
) -> None:
    index, _ = fake.put_index(REPOSITORY)
    content = fake.read_manifest(REPOSITORY, str(index)) or b""
    fake.fail(Fault(PLACES["referrers"], status=200, body=encode({"manifests": [descriptor(INDEX, content)]})))
    fetched = open_registry(fake).fetch(of(fake, digest))
    assert (fetched.bundles, failures(fetched)) == ((), set())


def test_the_list_of_referrers_is_not_believed_about_what_it_lists(
    fake_without_referrers: FakeRegistry, open_registry: Open
) -> None:
    fake = fake_without_referrers
    digest = fake.put_image(REPOSITORY)
    fake.attach(Bundle(Form.BUNDLE, CONTENT, digest, ""), REPOSITORY)
    tag = f"sha256-{digest.hex}"
    listed = json.loads(fake.read_manifest(REPOSITORY, tag) or b"")
    listed["manifests"][0]["artifactType"] = EMPTY
    fake.put_manifest(REPOSITORY, encode(listed), INDEX, tag)
    assert [bundle.content for bundle in open_registry(fake).fetch(of(fake, digest)).bundles] == [CONTENT]


@pytest.mark.parametrize(
    "media_type",
    [
        "application/vnd.dev.sigstore.bundle+json;version=0.1",
        "application/vnd.dev.sigstore.bundle+json;version=0.2",
        "application/vnd.dev.sigstore.bundle.v0.3+json",
    ],
)
def test_every_version_of_a_bundle_is_found(
    *, fake: FakeRegistry, digest: Digest, open_registry: Open, media_type: str
) -> None:
    fake.refer(REPOSITORY, digest, CONTENT, media_type)
    assert [bundle.form for bundle in open_registry(fake).fetch(of(fake, digest)).bundles] == [Form.BUNDLE]


def test_an_envelope_under_the_in_toto_type_is_an_attestation(
    fake: FakeRegistry, digest: Digest, open_registry: Open
) -> None:
    fake.refer(REPOSITORY, digest, b'{"payloadType":"","payload":"","signatures":[]}', "application/vnd.in-toto+json")
    found = open_registry(fake).fetch(of(fake, digest)).bundles
    assert [bundle.form for bundle in found] == [Form.LEGACY_ATTESTATION]


@pytest.mark.parametrize(
    ("media_type", "shown"),
    [
        ("application/vnd.cncf.notary.signature", "application/vnd.cncf.notary.signature"),
        ("application/vnd.in-toto+json", "application/vnd.in-toto+json"),
        ("application/vnd.dsse.envelope.v1+json+gzip", "application/vnd.dsse.envelope.v1+json+gzip"),
        ("x/signature | @acme <b>", "an ill-formed media type"),
    ],
)
def test_at_100_a_signature_in_another_form_is_found_and_named_and_not_read(
    *, fake: FakeRegistry, digest: Digest, open_registry: Open, media_type: str, shown: str
) -> None:
    fake.refer(REPOSITORY, digest, b"{}", media_type)
    fetched = open_registry(fake).fetch(of(fake, digest))
    assert [(lookup.answer, lookup.detail) for lookup in fetched.lookups if lookup.code == "unread-form"] == [
        (Answer.FOUND, f"1 artifacts in a form that is not read ({shown})")
    ]


def test_a_statement_that_nobody_signed_is_no_signature(
    fake: FakeRegistry, digest: Digest, open_registry: Open
) -> None:
    fake.refer(REPOSITORY, digest, b'{"_type":"","predicateType":"","predicate":{}}', "application/vnd.in-toto+json")
    looked = open_registry(fake).fetch(of(fake, digest)).lookups[1]
    assert (looked.answer, looked.detail) == (Answer.NOT_THERE, "holds statements that nobody signed")


def test_records_of_a_build_are_neither_read_nor_missed(
    fake: FakeRegistry, digest: Digest, open_registry: Open
) -> None:
    layers = [{**descriptor("application/vnd.in-toto+json", b"{}"), "size": 50_000_000}]
    kind = "application/vnd.docker.attestation.manifest.v1+json"
    content = encode({**IMAGE, "artifactType": kind, "layers": layers, "subject": descriptor(MANIFEST, b"")})
    fake.put_manifest(REPOSITORY, content.replace(str(Digest.of(b"")).encode(), str(digest).encode()), MANIFEST)
    fetched = open_registry(fake).fetch(of(fake, digest))
    assert {lookup.answer for lookup in fetched.lookups if lookup.where != "manifest"} == {Answer.NOT_THERE}


def test_what_is_no_signature_is_not_there(fake: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    fake.refer(REPOSITORY, digest, b"{}", "application/spdx+json")
    fetched = open_registry(fake).fetch(of(fake, digest))
    assert {lookup.answer for lookup in fetched.lookups if lookup.where != "manifest"} == {Answer.NOT_THERE}


def test_a_referrer_that_is_listed_and_gone_is_a_failure(
    fake: FakeRegistry, digest: Digest, open_registry: Open
) -> None:
    gone = fake.attach(Bundle(Form.BUNDLE, CONTENT, digest, ""), REPOSITORY)
    fake.fail(Fault(f"manifests/{gone}", status=404))
    assert failures(open_registry(fake).fetch(of(fake, digest))) == {"malformed"}


def test_a_fallback_tag_that_is_no_list_is_a_failure(fake_without_referrers: FakeRegistry, open_registry: Open) -> None:
    digest = fake_without_referrers.put_image(REPOSITORY)
    fake_without_referrers.put_manifest(REPOSITORY, encode(IMAGE), MANIFEST, f"sha256-{digest.hex}")
    assert failures(open_registry(fake_without_referrers).fetch(of(fake_without_referrers, digest))) == {"malformed"}


def test_a_list_of_referrers_that_is_no_list_is_a_failure(
    fake: FakeRegistry, digest: Digest, open_registry: Open
) -> None:
    fake.fail(Fault(PLACES["referrers"], status=200, body=b'{"layers": []}'))
    assert failures(open_registry(fake).fetch(of(fake, digest))) == {"malformed"}


def test_referrers_may_come_in_pages(fake: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    for number in range(5):
        fake.attach(Bundle(Form.BUNDLE, b'{"n":%d}' % number, digest, ""), REPOSITORY)
    fake.page_size = 2
    assert len(open_registry(fake).fetch(of(fake, digest)).bundles) == 5


def test_a_tag_is_latest_when_none_is_written(fake: FakeRegistry, open_registry: Open) -> None:
    digest = fake.put_image(REPOSITORY, "latest")
    assert open_registry(fake, limits=QUICK).resolve(of(fake)).digest == digest


def test_an_image_without_a_digest_is_not_fetched(fake: FakeRegistry, open_registry: Open) -> None:
    with pytest.raises(ValueError, match="digest"):
        open_registry(fake).fetch(of(fake, tag="1"))


def test_a_connection_that_ends_without_an_answer_is_made_anew_once(
    fake: FakeRegistry, digest: Digest, open_registry: Open
) -> None:
    fake.fail(Fault(PLACES[".sig tag"], raw=b"", times=1))
    assert failures(open_registry(fake).fetch(of(fake, digest))) == set()


def test_a_registry_that_never_answers_is_asked_no_third_time(
    fake: FakeRegistry, digest: Digest, open_registry: Open
) -> None:
    fake.fail(Fault(PLACES[".sig tag"], raw=b""))
    assert failures(open_registry(fake).fetch(of(fake, digest))) == {"connection"}
    assert sum(seen.target.endswith(".sig") for seen in fake.requests) == 2
