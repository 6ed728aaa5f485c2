"""What a hostile registry may cost: so many bytes, seconds, requests, and no other job's time."""

from __future__ import annotations

import threading
import time
import tracemalloc
from dataclasses import replace

import pytest

from app.adapters.oci_registry import Limits, OciRegistries, RegistrySettings
from app.adapters.oci_registry.failure import Failure
from app.adapters.oci_registry.limits import Budget, Deadline, Gate
from app.core.attestation import Answer, Bundle, Form
from app.core.oci import ANONYMOUS, Digest
from tests.adapters.oci.places import QUICK, REPOSITORY, Open, attached_blobs, failures, of, targets
from tests.fakes.image_store import CONFIG, INDEX, MANIFEST, SIMPLE_SIGNING, descriptor, encode
from tests.fakes.registry import FakeRegistry, Fault

SLOW = replace(QUICK, request=0.25, read=5.0)
SIG = r"GET /v2/.*/manifests/sha256-\w+\.sig"
BLOB = "GET /v2/.*/blobs/"
REFERRERS = "GET /v2/.*/referrers/"


@pytest.fixture
def digest(fake: FakeRegistry) -> Digest:
    return fake.put_image(REPOSITORY, "1")


@pytest.fixture
def signed(fake: FakeRegistry, digest: Digest) -> Digest:
    fake.attach(Bundle(Form.LEGACY_SIGNATURE, b'{"critical":{}}', digest, ""), REPOSITORY)
    return digest


def layers(fake: FakeRegistry, digest: Digest, count: int) -> None:
    entries = [descriptor(SIMPLE_SIGNING, b"%d" % number) for number in range(count)]
    for number in range(min(count, 60)):
        fake.put_blob(REPOSITORY, b"%d" % number)
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(CONFIG, b"{}"), "layers": entries}
    fake.put_manifest(REPOSITORY, encode(manifest), MANIFEST, f"sha256-{digest.hex}.sig")


def test_fifty_signatures_are_read(fake: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    layers(fake, digest, 50)
    assert len(open_registry(fake).fetch(of(fake, digest)).bundles) == 50


@pytest.mark.parametrize("count", [51, 101])
def test_at_093_too_many_layers_leave_nothing(
    fake: FakeRegistry, digest: Digest, open_registry: Open, count: int
) -> None:
    layers(fake, digest, count)
    fake.attach(Bundle(Form.LEGACY_ATTESTATION, b"{}", digest, ""), REPOSITORY)
    fetched = open_registry(fake).fetch(of(fake, digest))
    assert (fetched.bundles, failures(fetched)) == ((), {"too-many"})


def test_at_093_too_many_referrers_leave_nothing(fake: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    for number in range(51):
        fake.attach(Bundle(Form.BUNDLE, b"%d" % number, digest, ""), REPOSITORY)
    fetched = open_registry(fake).fetch(of(fake, digest))
    assert (fetched.bundles, failures(fetched)) == ((), {"too-many"})


def test_at_093_after_too_many_nothing_more_is_asked_for(
    fake: FakeRegistry, digest: Digest, open_registry: Open
) -> None:
    layers(fake, digest, 101)
    open_registry(fake).fetch(of(fake, digest))
    assert attached_blobs(fake, digest) == []


@pytest.mark.parametrize("piece", [b"{},", b"[],", b'"ab",', b"1,"])
def test_at_094_a_manifest_of_countless_layers_costs_little(
    fake_without_referrers: FakeRegistry, open_registry: Open, piece: bytes
) -> None:
    fake = fake_without_referrers
    digest = fake.put_image(REPOSITORY)
    count = 4_000_000 // len(piece)
    content = b'{"schemaVersion":2,"mediaType":"' + MANIFEST.encode() + b'","layers":[' + piece * count + b"{}]}"
    fake.put_manifest(REPOSITORY, content, MANIFEST, f"sha256-{digest.hex}.sig")
    tracemalloc.start()
    fetched = open_registry(fake).fetch(of(fake, digest))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (failures(fetched), peak < 64 * 1024 * 1024) == ({"too-many"}, True)


def test_at_094_an_image_of_a_thousand_layers_is_refused(fake: FakeRegistry, open_registry: Open) -> None:
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "layers": [descriptor(MANIFEST, b"layer")] * 1001}
    digest = fake.put_manifest(REPOSITORY, encode(manifest), MANIFEST)
    assert failures(open_registry(fake).fetch(of(fake, digest))) == {"too-many"}


def test_at_094_an_index_of_too_many_manifests_is_refused(fake: FakeRegistry, open_registry: Open) -> None:
    entries = [descriptor(MANIFEST, b"%d" % number) for number in range(65)]
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}
    digest = fake.put_manifest(REPOSITORY, encode(index), INDEX)
    assert failures(open_registry(fake).fetch(of(fake, digest))) == {"too-many"}


@pytest.mark.parametrize(
    "fault",
    [
        Fault(BLOB, status=200, body=b"x" * 65536, endless=True),
        Fault(BLOB, status=200, headers={"Transfer-Encoding": "chunked"}, body=b"5\r\nxxxxx\r\n", endless=True),
        Fault(BLOB, status=200, body=b"x" * 65536),
    ],
    ids=["endless", "chunked for ever", "longer than said"],
)
def test_at_095_a_blob_longer_than_its_descriptor_is_cut_off(
    fake: FakeRegistry, signed: Digest, open_registry: Open, fault: Fault
) -> None:
    fake.fail(fault)
    assert failures(open_registry(fake).fetch(of(fake, signed))) == {"too-large"}


def test_at_095_a_length_that_lies_gives_other_bytes(fake: FakeRegistry, signed: Digest, open_registry: Open) -> None:
    fake.fail(Fault(BLOB, status=200, headers={"Content-Length": "1"}, body=b"x" * 100))
    assert failures(open_registry(fake).fetch(of(fake, signed))) == {"digest-mismatch"}


def test_at_095_a_blob_above_the_limit_is_not_asked_for(
    fake: FakeRegistry, digest: Digest, open_registry: Open
) -> None:
    content = b"x" * 2048
    fake.attach(Bundle(Form.LEGACY_SIGNATURE, content, digest, ""), REPOSITORY)
    fetched = open_registry(fake, limits=replace(QUICK, blob_bytes=1024)).fetch(of(fake, digest))
    assert (failures(fetched), attached_blobs(fake, digest)) == ({"too-large"}, [])


def test_a_manifest_above_the_limit_is_cut_off(fake: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    assert failures(open_registry(fake, limits=replace(QUICK, manifest_bytes=100)).fetch(of(fake, digest))) == {
        "too-large"
    }


def test_an_image_has_a_budget_of_bytes(fake: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    for number in range(8):
        fake.attach(Bundle(Form.LEGACY_SIGNATURE, b"%d" % number * 1000, digest, ""), REPOSITORY)
    fetched = open_registry(fake, limits=replace(QUICK, image_bytes=6000)).fetch(of(fake, digest))
    assert failures(fetched) == {"too-large"}


def test_a_job_has_a_budget_of_bytes(fake: FakeRegistry, open_registry: Open) -> None:
    registry = open_registry(fake, limits=replace(QUICK, job_bytes=1000))
    answers = [failures(registry.fetch(of(fake, fake.put_image(REPOSITORY, seed=str(n))))) for n in range(4)]
    assert (answers[0], answers[-1]) == (set(), {"too-large"})


def test_at_097_pages_without_end_are_left_after_five(fake: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    for number in range(12):
        fake.attach(Bundle(Form.BUNDLE, b"%d" % number, digest, ""), REPOSITORY)
    fake.page_size = 2
    fetched = open_registry(fake).fetch(of(fake, digest))
    pages = [target for target in targets(fake) if "/referrers/" in target]
    assert (failures(fetched), len(pages)) == ({"too-many"}, 5)


@pytest.mark.parametrize(
    "link",
    [
        '<https://evil.example/v2/acme/api/referrers/x>; rel="next"',
        '</v2/other/repository/referrers/x>; rel="next"',
        '</v2/acme/api/referrers/../../x>; rel="next"',
        '<//evil.example/x>; rel="next"',
    ],
)
def test_at_097_a_page_elsewhere_is_not_asked_for(
    fake: FakeRegistry, digest: Digest, open_registry: Open, link: str
) -> None:
    fake.fail(Fault(REFERRERS, headers={"Link": link}))
    fetched = open_registry(fake).fetch(of(fake, digest))
    assert (failures(fetched), len([one for one in targets(fake) if "/referrers/" in one])) == (
        {"redirect-refused"},
        1,
    )


@pytest.mark.parametrize("link", ["no link", "<unended", "</x>; rel=prev"])
def test_at_097_a_page_that_cannot_be_read_is_a_failure(
    fake: FakeRegistry, digest: Digest, open_registry: Open, link: str
) -> None:
    fake.fail(Fault(REFERRERS, headers={"Link": link}))
    assert failures(open_registry(fake).fetch(of(fake, digest))) == {"malformed"}


def test_at_097_a_page_of_too_many_entries_is_refused(fake: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    entries = [descriptor(MANIFEST, b"%d" % number) for number in range(201)]
    fake.fail(Fault(REFERRERS, status=200, body=encode({"manifests": entries})))
    assert failures(open_registry(fake).fetch(of(fake, digest))) == {"too-many"}


@pytest.mark.parametrize("encoding", ["gzip", "br", "gzip, gzip", "deflate"])
def test_at_099_an_encoded_answer_is_refused(
    fake: FakeRegistry, digest: Digest, open_registry: Open, encoding: str
) -> None:
    fake.fail(Fault(f"manifests/{digest}", headers={"Content-Encoding": encoding}))
    assert failures(open_registry(fake).fetch(of(fake, digest))) == {"encoded"}


def test_at_099_no_encoding_is_asked_for(fake: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    open_registry(fake).fetch(of(fake, digest))
    assert {seen.headers["accept-encoding"] for seen in fake.requests} == {"identity"}


DRIPS = {
    "body": Fault(SIG, drip=0.02),
    "head": Fault(SIG, raw=b"HTTP/1.1 200 OK\r\nA: " + b"x" * 4000, drip=0.02),
    "chunk size": Fault(
        SIG, raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"0" * 4000, drip=0.02, delay=0.0
    ),
    "silence": Fault(SIG, delay=60.0),
}


@pytest.mark.parametrize("drip", DRIPS)
def test_at_101_a_slow_answer_ends_at_the_requests_deadline(
    fake: FakeRegistry, signed: Digest, open_registry: Open, drip: str
) -> None:
    fake.fail(DRIPS[drip])
    began = time.monotonic()
    fetched = open_registry(fake, limits=SLOW).fetch(of(fake, signed))
    assert (failures(fetched), time.monotonic() - began < 20) == ({"timeout"}, True)


def test_at_101_a_slow_image_ends_at_its_own_deadline(fake: FakeRegistry, signed: Digest, open_registry: Open) -> None:
    fake.fail(Fault("GET", delay=0.1))
    fetched = open_registry(fake, limits=replace(QUICK, image=0.25)).fetch(of(fake, signed))
    assert failures(fetched) == {"timeout"}


def test_at_101_a_slow_job_ends_at_its_own_deadline(fake: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    registry = open_registry(fake, limits=replace(QUICK, read=60.0, request=60.0, image=60.0, job=1.0))
    fake.fail(Fault("GET", delay=60.0))
    answers = [registry.fetch(of(fake, digest)) for _ in range(3)]
    assert ([failures(answer) for answer in answers], len(fake.requests)) == ([{"timeout"}] * 3, 1)


@pytest.mark.parametrize(
    "head",
    [
        b"".join(b"X-%d: y\r\n" % number for number in range(200)),
        b"X: " + b"y" * 65536 + b"\r\n",
        b"".join(b"X-%d: %s\r\n" % (number, b"y" * 1000) for number in range(64)),
    ],
    ids=["many", "long", "much"],
)
def test_at_102_a_flood_of_headers_is_refused(
    fake: FakeRegistry, digest: Digest, open_registry: Open, head: bytes
) -> None:
    fake.fail(Fault(SIG, raw=b"HTTP/1.1 200 OK\r\n" + head + b"\r\n"))
    assert failures(open_registry(fake).fetch(of(fake, digest))) <= {"too-large", "connection"} != set()


def test_at_102_a_huge_challenge_is_not_read(fake: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    challenge = {"WWW-Authenticate": 'Bearer realm="' + "a" * 20_000 + '"'}
    fake.fail(Fault(SIG, status=401, headers=challenge))
    assert failures(open_registry(fake).fetch(of(fake, digest))) == {"unauthorized"}


def test_the_body_of_an_error_is_cut(fake: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    fake.fail(Fault(SIG, status=500, body=b"x" * 65536, endless=True))
    assert failures(open_registry(fake).fetch(of(fake, digest))) == {"server-error"}


def test_at_098_a_hostile_registry_does_not_hold_up_another_job(fake: FakeRegistry, digest: Digest) -> None:
    with FakeRegistry() as hostile:
        hostile.fail(Fault("GET", delay=60.0))
        patient = Limits(connect=60.0, read=60.0, request=60.0, image=60.0, job=60.0)
        registries = OciRegistries(RegistrySettings(allowed=(fake.host, hostile.host), limits=patient))
        stuck = threading.Thread(
            target=lambda: registries.open(ANONYMOUS).fetch(of(hostile, digest)), name="stuck", daemon=True
        )
        stuck.start()
        fetched = registries.open(ANONYMOUS).fetch(of(fake, digest))
        assert (failures(fetched), stuck.is_alive()) == (set(), True)
    stuck.join()
    registries.close()


def test_at_098_a_slow_host_leaves_turns_to_the_others() -> None:
    gate = Gate(replace(Limits(), at_a_time=2, at_a_time_per_host=1))
    deadline = Deadline(5)
    entered: list[str] = []
    with gate.passing("slow.example", deadline):
        waiting = threading.Thread(target=lambda: _enter(gate, "slow.example", entered))
        waiting.start()
        with gate.passing("other.example", deadline):
            entered.append("other.example")
    waiting.join()
    assert entered == ["other.example", "slow.example"]


def _enter(gate: Gate, host: str, entered: list[str]) -> None:
    with gate.passing(host, Deadline(5)):
        entered.append(host)


def test_a_turn_is_not_waited_for_beyond_the_deadline() -> None:
    gate = Gate(replace(Limits(), at_a_time=1))
    with (
        gate.passing("a.example", Deadline(5)),
        pytest.raises(Failure) as raised,
        gate.passing("b.example", Deadline(0.01)),
    ):
        pass
    assert raised.value.code == "timeout"


def test_at_most_two_requests_to_a_host_at_a_time(fake: FakeRegistry, signed: Digest, open_registry: Open) -> None:
    fake.fail(Fault("GET", delay=0.02))
    registry = open_registry(fake)
    registry.fetch(of(fake, signed))
    moments = [span.began for span in registry.spans]
    overlaps = [sum(span.began <= moment < span.ended for span in registry.spans) for moment in moments]
    assert max(overlaps) == 2


def test_a_deadline_never_outlives_the_one_that_it_lies_within() -> None:
    outer = Deadline(1)
    assert Deadline(100, within=outer).end == outer.end


def test_a_budget_takes_from_the_one_that_it_lies_within() -> None:
    outer = Budget(10)
    Budget(100, within=outer).take(8)
    with pytest.raises(Failure):
        Budget(100, within=outer).take(8)


def test_the_documented_limits_are_the_defaults() -> None:
    limits = Limits()
    assert (limits.connect, limits.read, limits.request, limits.image, limits.job) == (3, 10, 15, 60, 300)
    assert (limits.attached, limits.referrer_pages, limits.blob_redirects) == (50, 5, 3)


def test_what_was_found_is_said(fake: FakeRegistry, signed: Digest, open_registry: Open) -> None:
    found = [one for one in open_registry(fake).fetch(of(fake, signed)).lookups if one.where.startswith(".sig")]
    assert [(lookup.answer, lookup.detail) for lookup in found] == [(Answer.FOUND, "1 found")]
