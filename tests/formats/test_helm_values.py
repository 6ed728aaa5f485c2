from __future__ import annotations

import itertools

import pytest

from app.core.inventory import diff, unreadable_changes
from app.formats import find_images
from tests.formats.found import D, E, fields, images, lines


def values(text: str) -> list[str]:
    return images(text, "charts/a/values.yaml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("image: {repository: acme/a, tag: '1'}", "acme/a:1"),
        ("image: {registry: ghcr.io, repository: acme/a, tag: '1'}", "ghcr.io/acme/a:1"),
        ("image: {registry: ghcr.io/acme/, repository: a, tag: '1'}", "ghcr.io/acme/a:1"),
        ("image: {registry: ~, repository: acme/a, tag: '1'}", "acme/a:1"),
        ("image: {registry: ghcr.io, repository: ghcr.io/acme/a, tag: '1'}", "ghcr.io/acme/a:1"),
        (f"image: {{repository: acme/a, tag: '1', digest: '{D}'}}", f"acme/a:1@{D}"),
        (f"image: {{repository: acme/a, digest: '{D}'}}", f"acme/a@{D}"),
        (f"image: {{repository: acme/a, tag: '', digest: '{D}'}}", f"acme/a@{D}"),
        (f"image: {{repository: acme/a, tag: '1@{D}'}}", f"acme/a:1@{D}"),
        (f"image: {{repository: acme/a, tag: '@{D}'}}", f"acme/a@{D}"),
        (f"image: {{repository: acme/a, tag: '{D}'}}", f"acme/a@{D}"),
        (f"image: {{repository: acme/a, tag: '1@{D}', digest: '{D}'}}", f"acme/a:1@{D}"),
        (f"image: {{repository: 'acme/a@sha256', tag: '{D[7:]}'}}", f"acme/a@{D}"),
        (f"{{image: 'acme/a@sha256', imageTag: '{D[7:]}'}}", f"acme/a@{D}"),
        ("image: {name: acme/a, version: '1'}", "acme/a:1"),
        ("image: {name: acme/a, tag: '1'}", "acme/a:1"),
        ("images: [{name: acme/a, tag: '1'}]", "acme/a:1"),
        ("image: {repo: acme/a, tag: '1'}", "acme/a:1"),
        ("image: {repository: 'acme/a:1'}", "acme/a:1"),
        ("image: {repository: acme/a, tag: ''}", "acme/a"),
        ("image: acme/a:1", "acme/a:1"),
        ("image: acme/a", "acme/a"),
        ("{image: acme/a, tag: '1'}", "acme/a:1"),
        ("{image: acme/a, imageTag: '1'}", "acme/a:1"),
        ("{image: acme/a, image_tag: '1'}", "acme/a:1"),
        ("{image: 'acme/a:1', imageTag: '2'}", "acme/a:1"),
        ("{imageRepository: acme/a, imageTag: '1'}", "acme/a:1"),
        ("{sidecarImage: acme/a, sidecarImageTag: '1'}", "acme/a:1"),
        ("{sidecarImage: acme/a, sidecarTag: '1'}", "acme/a:1"),
        ("{sidecarRepository: acme/a, sidecarTag: '1'}", "acme/a:1"),
        ("{WORKER_IMAGE_REPOSITORY: ghcr.io/acme/a, WORKER_IMAGE_TAG: '1'}", "ghcr.io/acme/a:1"),
        ("deep: {er: [{image: {repository: acme/a, tag: '1'}}]}", "acme/a:1"),
        ("controller: {repository: acme/a, tag: '1'}", "acme/a:1"),
        ("images: ['acme/a:1']", "acme/a:1"),
        ("env: {SIDECAR_IMAGE: 'acme/a:1'}", "acme/a:1"),
        ("image: {tag: '1'}", "?:1"),
        (f"image: {{digest: '{D}'}}", f"?@{D}"),
        ("imageTag: '1'", "?:1"),
        ("image: {repository: '${REPO}/a', tag: '1'}", "?:1"),
    ],
)
def test_at_131_every_way_to_split_a_reference_is_put_together(text: str, expected: str) -> None:
    assert values(text) == [expected]


def test_at_131_the_order_of_the_parts_does_not_matter() -> None:
    parts = ["registry: ghcr.io", "repository: acme/a", "tag: '1'", f"digest: '{D}'"]
    found = {tuple(values(f"image: {{{', '.join(order)}}}")) for order in itertools.permutations(parts)}
    assert found == {(f"ghcr.io/acme/a:1@{D}",)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("images: {registry: quay.io, redis: {repository: a/b, tag: '1'}}", "quay.io/a/b:1"),
        ("images: {imageRegistry: quay.io, redis: {image: {repository: a/b, tag: '1'}}}", "quay.io/a/b:1"),
        ("images: {registry: quay.io, redis: {repository: ghcr.io/a/b, tag: '1'}}", "ghcr.io/a/b:1"),
        ("global: {imageRegistry: my.io}\nimage: {repository: a/b, tag: '1'}", "my.io/a/b:1"),
        ("global: {imageRegistry: ''}\nimage: {registry: quay.io, repository: a/b, tag: '1'}", "quay.io/a/b:1"),
        ("global: {image: {registry: my.io}}\nimage: {repository: a/b, tag: '1'}", "my.io/a/b:1"),
        ("global: {registry: my.io}\nimage: {repository: a/b, tag: '1'}", "my.io/a/b:1"),
        ("global: {registry: my.io}\nimage: {registry: q.io, repository: a/b, tag: '1'}", "q.io/a/b:1"),
        ("registry: My Registry\na: {image: {repository: a/b, tag: '1'}}", "a/b:1"),
        ("registry: '${R}'\na: {image: {repository: a/b, tag: '1'}}", "?:1"),
        ("global: x\nimage: {repository: a/b, tag: '1'}", "a/b:1"),
    ],
)
def test_at_131_a_registry_further_up_counts(text: str, expected: str) -> None:
    assert values(text) == [expected]


def test_at_131_a_global_registry_does_not_hide_the_image_of_a_chart_that_knows_none() -> None:
    text = "global: {imageRegistry: my.io}\nimage: {registry: quay.io, repository: a/b, tag: '1'}"
    assert values(text) == ["my.io/a/b:1", "quay.io/a/b:1"]


def test_a_global_registry_that_is_said_again_is_one_image() -> None:
    text = "global: {imageRegistry: my.io}\nimage: {registry: my.io, repository: a/b, tag: '1'}"
    assert values(text) == ["my.io/a/b:1"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("image: {Repository: acme/good, repository: evil/x, tag: '1'}", ["acme/good:1", "evil/x:1"]),
        ("image: {repository: evil/x, Repository: acme/good, tag: '1'}", ["evil/x:1", "acme/good:1"]),
        ("image: {repository: acme/a, tag: '1', t_ag: '2'}", ["acme/a:1", "acme/a:2"]),
        ("apiImageTag: '1'\napi_image_tag: '2'\napiImage: acme/a", ["acme/a:1", "acme/a:2"]),
    ],
)
def test_at_124_keys_that_differ_in_case_or_separators_only_hide_no_image(text: str, expected: list[str]) -> None:
    found = values(text)
    assert (found[:-1], found[-1][:1]) == (expected, "!")


def test_keys_that_differ_in_case_only_and_say_the_same_are_one() -> None:
    assert values("image: {Repository: a/b, repository: a/b, tag: '1'}") == ["a/b:1"]


def test_keys_that_differ_in_case_only_and_are_no_part_of_an_image_are_no_matter() -> None:
    assert values("image: {repository: a/b, tag: '1', pullPolicy: x, pull_policy: y}") == ["a/b:1"]


def test_at_127_a_merge_behind_a_key_does_not_hide_what_it_may_replace() -> None:
    found = values("x: &x {repository: evil/x}\nimage: {repository: acme/a, tag: '1', <<: *x}")
    assert found[:2] == ["acme/a:1", "evil/x:1"]


@pytest.mark.parametrize(
    "text",
    [
        "chart: {repository: 'https://charts.example.com', name: x, version: 1.2.3}",
        "source: {repository: acme/a, branch: main}",
        "git: {repo: 'git@github.com:acme/a.git', tag: v1}",
        "git: {repo: 'https://github.com/acme/a', tag: v1}",
        "git: {repository: Acme/A, tag: v1}",
        "ref: {tag: v1}",
        "image: {pullPolicy: Always}",
        "imagePullSecrets: [{name: x}]",
        "image: {repository: ~, tag: ~}",
        "image: {repository: 'oci://ghcr.io/acme/chart', tag: '1'}",
        "git: {repository: '${X}', tag: '${Y}'}",
        "version: 1.2.3",
    ],
)
def test_what_is_no_image_is_not_taken_for_one(text: str) -> None:
    assert values(text) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("image: {repository: acme/a, tag: '${TAG}'}", "the image is filled in elsewhere"),
        ("image: {repository: '${REPO}', tag: ''}", "the image is filled in elsewhere"),
        ("image: {repository: acme/a, tag: 'a b'}", "the tag is not a valid tag"),
        ("image: {repository: Acme/A:x, tag: '1'}", "the tag is not a valid tag"),
        ("image: {repository: acme//a, tag: '1'}", "the repository name is not a valid name"),
        ("image: {registry: 'https://ghcr.io', repository: a, tag: '1'}", "the registry's port is not a port"),
        (f"image: {{repository: acme/a, tag: '1@{D}', digest: '{E}'}}", "ambiguous: two digests of one image"),
    ],
)
def test_at_131_a_split_reference_that_cannot_be_read_is_a_problem(text: str, reason: str) -> None:
    (use,) = find_images("values.yaml", text)
    assert use.problem == reason


@pytest.mark.parametrize("tag", ["1.10", "012", "20:30:10", "0x1F", "1_000", "on", "2024-01-02"])
def test_at_125_a_tag_that_may_be_read_as_another_value_is_shown_as_written_with_a_warning(tag: str) -> None:
    (use,) = find_images("values.yaml", f"image:\n  repository: acme/a\n  tag: {tag}\n")
    shown = use.tag if use.problem is None else use.written.split()[1]
    assert (shown, use.warning) == (tag, f"quote the tag: {tag} may be read as another value")


def test_at_125_a_quoted_tag_has_no_warning() -> None:
    assert find_images("values.yaml", "image: {repository: acme/a, tag: '1.10'}")[0].warning == ""


def test_a_split_reference_stands_at_its_tag_and_knows_all_its_lines() -> None:
    (use,) = find_images("values.yaml", f"image:\n  repository: acme/a\n  tag: '1'\n  digest: {D}\n")
    assert (use.line, use.lines) == (3, (2, 3, 4))


def test_a_folded_tag_stands_at_its_text() -> None:
    assert lines(f"image:\n  repository: acme/a\n  tag: >-\n    1@{D}\n") == [(4, f"acme/a:1@{D}")]


def test_a_moved_digest_is_shown_at_its_own_line() -> None:
    text = f"image:\n  repository: acme/a\n  tag: '1'\n  digest: {D}\n"
    (change,) = diff(find_images("values.yaml", text), find_images("values.yaml", text.replace(D, E)), {})
    assert change.uses[0].line == 4


def test_a_tag_by_alias_stands_where_it_is_used() -> None:
    text = "x: &tag '1'\nimage:\n  repository: acme/a\n  tag: *tag\n"
    (use,) = find_images("values.yaml", text)
    assert (use.line, use.lines) == (4, (1, 3, 4))


def test_split_references_inside_a_literal_keep_their_lines() -> None:
    text = "a: |\n\n  image:\n    repository: acme/a\n    tag: '1'\nb: 1\n"
    (use,) = find_images("values.yaml", text)
    assert (use.line, use.lines, use.parts and (use.parts.name, use.parts.tag, use.parts.digest)) == (
        5,
        (4, 5),
        (4, 5, 0),
    )


def test_the_field_of_a_split_reference_is_that_of_its_mapping() -> None:
    assert fields("a: {image: {repository: acme/a, tag: '1'}}") == [("a.image", "acme/a:1")]


def test_a_values_file_is_known_by_its_name() -> None:
    formats = [find_images(path, "image: a:1")[0].format for path in ("x/values.yaml", "a-values-b.yml", "x.yaml")]
    assert formats == ["helm-values", "helm-values", "yaml"]


def test_two_names_with_one_tag_are_both_told() -> None:
    assert values("image: {repository: acme/a, repo: acme/b, tag: '1'}") == ["acme/a:1", "acme/b:1"]


@pytest.mark.parametrize(
    "text",
    [
        "image: {registry: REG}",
        "image: {registry: REG, tag: '1'}",
        "a: {image: {registry: REG, pullPolicy: Always}}",
        "global: {imageRegistry: REG}",
        "global: {image_registry: REG}",
        "images: {registry: REG}",
        "global: {imageRegistry: REG}\nimage: {repository: quay.io/a/b, tag: '1'}",
    ],
)
def test_at_131_another_registry_of_images_that_stand_elsewhere_is_told(text: str) -> None:
    before, after = (find_images("values-prod.yaml", text.replace("REG", name)) for name in ("quay.io", "evil.io"))
    assert len(unreadable_changes(before, after)) == 1
    assert unreadable_changes(before, before) == ()


@pytest.mark.parametrize(
    "text", ["image: {registry: ''}", "image: {registry: }", "image: {registry: {a: b}}", "registry: a.io"]
)
def test_no_registry_of_images_is_nothing_to_tell(text: str) -> None:
    assert find_images("values.yaml", text) == ()


def test_hub_and_tag_of_istio_are_a_registry_and_a_tag_of_images_elsewhere() -> None:
    assert lines("global:\n  hub: docker.io/istio\n  tag: 1.20.1\n", "values.yaml") == [
        (3, "?:1.20.1"),
        (2, "!docker.io/istio"),
    ]


def test_a_hub_alone_is_no_registry() -> None:
    assert images("jupyter: {hub: text}", "values.yaml") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{image: docker.io/library/redis, version: 8.6.3}", ["redis:8.6.3"]),
        ("{image: 'quay.io/a/b:1', version: 2}", ["quay.io/a/b:1"]),
        ("{image: quay.io/a/b, tag: 1, version: 2}", ["quay.io/a/b:1"]),
        ("{image: quay.io/a/b, version: '>=2'}", ["quay.io/a/b"]),
        ("{image: redis, version: 8.6.3}", ["redis"]),
        ("{sidecarImage: quay.io/a/b, sidecarVersion: 2.0.1}", ["quay.io/a/b:2.0.1"]),
        ("{image: quay.io/a/b}", ["quay.io/a/b"]),
    ],
)
def test_at_130_a_version_beside_an_image_with_a_registry_is_its_tag(text: str, expected: list[str]) -> None:
    assert images(f"redis: {text}", "values.yaml") == expected


def test_a_version_beside_the_image_of_a_container_is_no_part_of_it() -> None:
    pod = "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: quay.io/a/b, version: 2}]}\n"
    assert images(pod) == ["quay.io/a/b"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("image: {ref: acme/a:1}", "acme/a:1"),
        ("image: {url: acme/a:1, pullPolicy: Always}", "acme/a:1"),
        ("image: {default: acme/a:1}", "acme/a:1"),
        ("image: {name: quay.io/acme/a}", "quay.io/acme/a"),
    ],
)
def test_at_131_a_whole_reference_below_an_image_is_one(text: str, expected: str) -> None:
    assert values(text) == [expected]


@pytest.mark.parametrize("text", ["image: {url: 'https://x.test/a.png'}", "image: {name: logo}", "image: {ref: main}"])
def test_what_else_stands_below_an_image_is_none(text: str) -> None:
    assert values(text) == []
