"""An image layout on disk behind the registry port; real ones of others, and hostile ones of ours."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from app.adapters.oci_layout import OciLayout
from app.core.attestation import Answer, Bundle, Fetched, Form, Lookup
from app.core.errors import Unavailable
from app.core.image_facts import ImageFacts
from app.core.oci import Digest, ImageReference
from tests.fakes.image_store import BUNDLE, DSSE, INDEX, MANIFEST, SIMPLE_SIGNING, descriptor, encode
from tests.fakes.layout import NAME, Layout
from tests.fakes.registry import FakeRegistry

REPOSITORY = "acme/api"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    folder = tmp_path / "layout"
    folder.mkdir()
    return Layout(folder)


def envelope(*subjects: Digest) -> bytes:
    statement = encode({"subject": [{"name": "", "digest": {"sha256": subject.hex}} for subject in subjects]})
    payload = base64.b64encode(statement).decode()
    return encode({"payloadType": "application/vnd.in-toto+json", "payload": payload, "signatures": []})


def payload(subject: Digest) -> bytes:
    return encode({"critical": {"image": {"docker-manifest-digest": str(subject)}}})


def artifact(*contents: tuple[str, bytes]) -> bytes:
    layers = [descriptor(media_type, content) for media_type, content in contents]
    return encode({"schemaVersion": 2, "mediaType": MANIFEST, "config": {}, "layers": layers})


def fetch(layout: Layout, digest: Digest | None = None) -> Fetched:
    reader = OciLayout(layout.folder)
    return reader.fetch(reader.reference(digest or reader.images()[0]))


def codes(fetched: Fetched) -> set[str]:
    return {lookup.code for lookup in fetched.lookups if lookup.answer is Answer.FAILED}


def attach(layout: Layout, contents: tuple[str, bytes], annotations: dict[str, str]) -> Digest:
    layout.put_blob(REPOSITORY, contents[1])
    return layout.list(artifact(contents), MANIFEST, annotations)


def test_the_only_image_is_the_one(layout: Layout) -> None:
    digest = layout.put_image(REPOSITORY, "1.0")
    assert OciLayout(layout.folder).images() == (digest,)


@pytest.mark.parametrize("form", [Form.BUNDLE, Form.LEGACY_SIGNATURE, Form.LEGACY_ATTESTATION])
def test_each_form_is_found_as_a_registry_would_keep_it(layout: Layout, form: Form) -> None:
    digest = layout.put_image(REPOSITORY, "1.0")
    layout.attach(Bundle(form, envelope(digest), digest, ""), REPOSITORY)
    assert [(one.form, one.subject) for one in fetch(layout, digest).bundles][:1] == [(form, digest)]


def test_a_layout_of_cosign_files_what_it_saved_under_its_image(layout: Layout) -> None:
    digest = layout.list(artifact(), MANIFEST, {"kind": "dev.cosignproject.cosign/image"})
    other = Digest("b" * 64)
    attach(layout, (DSSE, envelope(other)), {"kind": "dev.cosignproject.cosign/atts"})
    # Even one that speaks of another image: the verifier is to say that it is invalid.
    assert [one.subject for one in fetch(layout).bundles] == [digest]


def test_several_images_of_cosign_are_told_apart_by_their_reference(layout: Layout) -> None:
    key = "dev.sigstore.cosign/imageRef"
    first = layout.list(artifact((MANIFEST, b"1")), MANIFEST, {"kind": "dev.cosignproject.cosign/image", key: "a/b:1"})
    second = layout.list(artifact((MANIFEST, b"2")), MANIFEST, {"kind": "dev.cosignproject.cosign/image", key: "a/b:2"})
    attach(layout, (SIMPLE_SIGNING, b"{}"), {"kind": "dev.cosignproject.cosign/sigs", key: "a/b:2"})
    assert [len(fetch(layout, digest).bundles) for digest in (first, second)] == [0, 1]


def test_a_bare_attestation_is_filed_under_what_it_speaks_of(layout: Layout) -> None:
    digest = layout.put_image(REPOSITORY, "1.0")
    attach(layout, (DSSE, envelope(Digest("b" * 64), digest)), {})
    attach(layout, (SIMPLE_SIGNING, payload(Digest("c" * 64))), {})
    assert [one.form for one in fetch(layout, digest).bundles] == [Form.LEGACY_ATTESTATION]


def test_an_image_that_is_not_there_is_known_by_its_signature(layout: Layout) -> None:
    digest = Digest("d" * 64)
    attach(layout, (SIMPLE_SIGNING, payload(digest)), {})
    fetched = fetch(layout)
    assert (fetched.reference.digest, fetched.descriptor, len(fetched.bundles)) == (digest, None, 1)
    assert fetched.lookups[0].code == "manifest-absent"


def test_what_is_attached_to_a_platform_is_found_with_the_index(layout: Layout) -> None:
    index, children = layout.put_index(REPOSITORY, "1.0")
    attach(layout, (DSSE, envelope(children[1])), {})
    assert [one.subject for one in fetch(layout, index).bundles] == [children[1]]


def test_a_list_of_referrers_under_its_tag_is_read(layout: Layout) -> None:
    digest = layout.put_image(REPOSITORY, "1.0")
    layout.put_blob(REPOSITORY, b'{"n":1}')
    held = artifact((BUNDLE, b'{"n":1}'))
    layout.put_blob(REPOSITORY, held)
    listed = encode({"mediaType": INDEX, "manifests": [descriptor(MANIFEST, held)]})
    layout.list(listed, INDEX, {NAME: f"sha256-{digest.hex}"})
    assert [one.form for one in fetch(layout, digest).bundles] == [Form.BUNDLE]


def test_a_tag_is_resolved_by_its_name(layout: Layout) -> None:
    layout.put_image(REPOSITORY, "1.0", seed="one")
    digest = layout.put_image(REPOSITORY, "2.0", seed="two")
    assert OciLayout(layout.folder).resolve(ImageReference.parse("a/b:2.0")).digest == digest


@pytest.mark.parametrize("reference", ["a/b:3.0", "a/b"])
def test_a_name_with_no_single_meaning_names_nothing(layout: Layout, reference: str) -> None:
    layout.put_image(REPOSITORY, "1.0", seed="one")
    layout.put_image(REPOSITORY, "2.0", seed="two")
    resolution = OciLayout(layout.folder).resolve(ImageReference.parse(reference))
    assert (resolution.digest, resolution.lookup.answer) == (None, Answer.FAILED)


def test_a_written_digest_names_itself(layout: Layout) -> None:
    digest = Digest("e" * 64)
    assert OciLayout(layout.folder).resolve(OciLayout(layout.folder).reference(digest)).digest == digest


def test_the_only_image_needs_no_name(layout: Layout) -> None:
    digest = layout.put_image(REPOSITORY, "1.0")
    assert OciLayout(layout.folder).resolve(OciLayout(layout.folder).reference()).digest == digest


def test_a_file_that_is_not_what_its_name_says_is_refused(layout: Layout) -> None:
    digest = layout.put_image(REPOSITORY, "1.0")
    layout.path(digest).write_bytes(b"{}")
    assert codes(fetch(layout, digest)) == {"digest-mismatch"}


def test_a_link_out_of_the_folder_is_not_followed(layout: Layout, tmp_path: Path) -> None:
    digest = layout.put_image(REPOSITORY, "1.0")
    content = envelope(digest)
    attach(layout, (DSSE, content), {})
    (tmp_path / "outside").write_bytes(content)
    layout.path(Digest.of(content)).unlink()
    layout.path(Digest.of(content)).symlink_to(tmp_path / "outside")
    fetched = fetch(layout, digest)
    assert (fetched.bundles, codes(fetched)) == ((), {"missing"})


def test_a_signature_whose_file_is_missing_is_a_failure(layout: Layout) -> None:
    digest = layout.put_image(REPOSITORY, "1.0")
    attach(layout, (DSSE, b"gone"), {NAME: f"sha256-{digest.hex}.att"})
    layout.path(Digest.of(b"gone")).unlink()
    assert codes(fetch(layout, digest)) == {"missing"}


def test_at_093_too_many_signatures_leave_nothing(layout: Layout) -> None:
    digest = layout.put_image(REPOSITORY, "1.0")
    contents = [(SIMPLE_SIGNING, b"%d" % number) for number in range(51)]
    for _, content in contents:
        layout.put_blob(REPOSITORY, content)
    layout.list(artifact(*contents), MANIFEST, {NAME: f"sha256-{digest.hex}.sig"})
    fetched = fetch(layout, digest)
    assert (fetched.bundles, codes(fetched)) == ((), {"too-many"})


def test_a_signature_in_another_form_is_named(layout: Layout) -> None:
    digest = layout.put_image(REPOSITORY, "1.0")
    attach(layout, ("application/vnd.cncf.notary.signature", b"{}"), {NAME: f"sha256-{digest.hex}.sig"})
    assert [one.code for one in fetch(layout, digest).lookups] == ["", "unread-form"]


@pytest.mark.parametrize(
    ("content", "code"),
    [(b'{"_type":"","predicateType":""}', ""), (b"no json", "unread-form"), (envelope(Digest("f" * 64)), "")],
)
def test_under_the_in_toto_type_only_an_envelope_is_an_attestation(layout: Layout, content: bytes, code: str) -> None:
    digest = layout.put_image(REPOSITORY, "1.0")
    attach(layout, ("application/vnd.in-toto+json", content), {NAME: f"sha256-{digest.hex}.att"})
    assert fetch(layout, digest).lookups[1].code == code


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("oci-layout", "no json"),
        ("oci-layout", '{"imageLayoutVersion": "2.0.0"}'),
        ("index.json", "[]"),
        ("index.json", '{"manifests": 1}'),
        ("index.json", '{"layers": []}'),
    ],
)
def test_a_folder_that_is_no_layout_says_so(layout: Layout, file: str, content: str) -> None:
    (layout.folder / file).write_text(content, encoding="utf-8")
    reader = OciLayout(layout.folder)
    with pytest.raises(Unavailable):
        reader.images()
    assert reader.resolve(reader.reference()).lookup.answer is Answer.FAILED
    assert reader.fetch(reader.reference(Digest("0" * 64))).lookups[0].answer is Answer.FAILED


def test_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="does not hold"):
        OciLayout(tmp_path / "nowhere").images()


def test_without_a_digest_nothing_is_fetched(layout: Layout) -> None:
    with pytest.raises(ValueError, match="digest"):
        OciLayout(layout.folder).fetch(ImageReference.parse("a/b:1"))


def real_layouts(data: Path) -> dict[str, list[dict[str, str]]]:
    cases = json.loads((data / "sigstore" / "cases.json").read_text(encoding="utf-8"))["cases"]
    found: dict[str, list[dict[str, str]]] = {}
    for case in cases:
        if "layout" in case:
            found.setdefault(case["layout"], []).append(case)
    return found


@pytest.mark.needs_data
def test_every_real_layout_gives_its_image_and_its_layers(real_data: Path) -> None:
    for folder, cases in real_layouts(real_data).items():
        reader = OciLayout(real_data / "sigstore" / folder)
        assert [str(digest) for digest in reader.images()] == [cases[0]["image"]]
        found = {
            str(Digest.of(bundle.content)) for bundle in reader.fetch(reader.reference(reader.images()[0])).bundles
        }
        assert found == {case["layer"] for case in cases}


@pytest.mark.needs_data
def test_a_real_layout_is_served_by_the_loopback_registry(real_data: Path) -> None:
    folder, cases = next(iter(real_layouts(real_data).items()))
    with FakeRegistry() as registry:
        digest = registry.put_layout(REPOSITORY, real_data / "sigstore" / folder, "1.0")
        tag = registry.read_manifest(REPOSITORY, f"sha256-{digest.hex}.att")
    assert tag is not None
    assert [layer["digest"] for layer in json.loads(tag)["layers"]] == [case["layer"] for case in cases]


def test_a_layout_gives_what_its_image_says_of_itself(layout: Layout) -> None:
    digest = layout.put_image(REPOSITORY, "1.0", config={"config": {"User": "app"}})
    found = fetch(layout, digest).facts
    assert isinstance(found, ImageFacts)
    assert (found.manifest, found.user) == (digest, "app")


def test_one_platform_stands_for_an_index_of_a_layout(layout: Layout) -> None:
    digest, (child, _) = layout.put_index(REPOSITORY, "1.0")
    found = fetch(layout, digest).facts
    assert isinstance(found, ImageFacts)
    assert found.manifest == child


@pytest.mark.parametrize("index", [False, True])
def test_a_layout_without_the_configuration_has_nothing_that_an_image_says_of_itself(
    layout: Layout, *, index: bool
) -> None:
    whole = layout.put_image(REPOSITORY, "1.0")
    found = fetch(layout, whole).facts
    assert isinstance(found, ImageFacts)
    layout.path(found.config).unlink()
    if index:
        child = descriptor(MANIFEST, layout.read_manifest(REPOSITORY, "1.0") or b"")
        whole = layout.put_manifest(REPOSITORY, encode({"mediaType": INDEX, "manifests": [child]}), INDEX, "2.0")
        layout.path(found.manifest).unlink()
        layout.entries = [one for one in layout.entries if one["digest"] != str(found.manifest)]
        layout.write()
    said = fetch(layout, whole).facts
    assert isinstance(said, Lookup)
    assert (said.answer, said.code) == (Answer.NOT_THERE, "missing")


def test_a_configuration_that_is_not_what_its_name_says_is_a_failure_of_its_own(layout: Layout) -> None:
    digest = layout.put_image(REPOSITORY, "1.0")
    found = fetch(layout, digest).facts
    assert isinstance(found, ImageFacts)
    layout.path(found.config).write_bytes(b"{}")
    said = fetch(layout, digest).facts
    assert isinstance(said, Lookup)
    assert (said.answer, codes(fetch(layout, digest))) == (Answer.FAILED, set())


def each(layout: Layout, digest: Digest) -> tuple[ImageFacts | Lookup, ...]:
    return OciLayout(layout.folder).described(fetch(layout, digest)).each


def test_a_layout_gives_what_each_platform_says(layout: Layout) -> None:
    digest, children = layout.put_index(REPOSITORY, "1.0")
    assert tuple(one.manifest for one in each(layout, digest) if isinstance(one, ImageFacts)) == children


def test_a_platform_that_a_layout_lacks_says_nothing_and_is_named(layout: Layout) -> None:
    digest, (_, child) = layout.put_index(REPOSITORY, "1.0")
    layout.path(child).unlink()
    said = each(layout, digest)[1]
    assert isinstance(said, Lookup)
    assert (said.where, said.answer) == (f"configuration of {child.short}", Answer.NOT_THERE)
