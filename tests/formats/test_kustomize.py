from __future__ import annotations

import pytest

from app.core.inventory import diff
from app.formats import find_images
from tests.formats.found import D, E, fields, images, lines

HEAD = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"


def test_at_133_a_new_name_takes_the_place_of_the_name() -> None:
    assert lines(f"{HEAD}images:\n- name: app\n  newName: ghcr.io/acme/app\n  newTag: v2\n") == [
        (6, "ghcr.io/acme/app:v2")
    ]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("{name: app, newTag: v2}", "app:v2"),
        (f"{{name: app, digest: '{D}'}}", f"app@{D}"),
        (f"{{name: app, newTag: v2, digest: '{D}'}}", f"app:v2@{D}"),
        ("{name: app, newName: ghcr.io/acme/app}", "ghcr.io/acme/app"),
        (f"{{newName: b, name: app, digest: '{D}'}}", f"b@{D}"),
    ],
)
def test_at_133_every_form_of_an_images_entry_is_read(entry: str, expected: str) -> None:
    assert images(f"{HEAD}images: [{entry}]") == [expected]


def test_a_broken_digest_of_an_entry_is_a_problem() -> None:
    assert images(f"{HEAD}images: [{{name: app, digest: 'sha256:1'}}]") == ["!app sha256:1"]


def test_the_field_of_an_entry_is_its_index() -> None:
    assert fields(f"{HEAD}images: [{{name: app, newTag: v2}}]") == [("images[0]", "app:v2")]


def test_the_line_shown_is_that_of_the_part_that_moved() -> None:
    before = f"{HEAD}images:\n- name: app\n  newTag: v2\n  digest: {D}\n"
    (change,) = diff(find_images("k.yaml", before), find_images("k.yaml", before.replace(D, E)), {})
    assert change.uses[0].line == 6


@pytest.mark.parametrize("path", ["kustomization.yaml", "x/kustomization.yml", "x/Kustomization"])
def test_a_kustomization_is_known_by_its_name_too(path: str) -> None:
    (use,) = find_images(path, "images: [{name: app, newTag: v2}]")
    assert use.format == "kustomize"


def test_a_file_of_that_name_with_something_else_in_it_is_read_by_shape() -> None:
    (use,) = find_images("kustomization.yaml", "spec: {image: 'a:1'}")
    assert use.format == "yaml"


def test_at_133_an_inline_patch_is_read_at_its_lines() -> None:
    patch = "      spec:\n        containers:\n          - name: a\n            image: a:1\n"
    assert lines(f"{HEAD}patches:\n  - patch: |-\n{patch}") == [(8, "a:1")]


def test_at_133_a_json_patch_is_read() -> None:
    patch = "      - op: replace\n        path: /spec/containers/0/image\n        value: a\n"
    assert lines(f"{HEAD}patches:\n  - patch: |-\n{patch}") == [(7, "a")]


def test_at_133_a_generator_with_a_literal_is_read() -> None:
    assert images(f"{HEAD}configMapGenerator: [{{literals: ['IMAGE=acme/a:1', 'URL=https://x/y']}}]") == ["acme/a:1"]


def test_at_133_values_of_an_inflated_chart_are_read() -> None:
    assert images(f"{HEAD}helmCharts: [{{valuesInline: {{image: {{repository: a/b, tag: '1'}}}}}}]") == ["a/b:1"]


def test_at_133_a_resource_path_is_never_followed() -> None:
    assert images(f"{HEAD}resources: ['../../etc/passwd', '/etc/passwd', 'base/deploy.yaml']") == []


@pytest.mark.parametrize(
    "patch",
    [
        "'- {op: replace, path: /spec/containers/0/image, value: evil/x:1}'",
        "' [{op: replace, path: /spec/containers/0/image, value: evil/x:1}]'",
        "'spec: {containers: [{name: a, image: evil/x:1}]}'",
        '"\\"spec\\": {containers: [{name: a, image: evil/x:1}]}"',
        "|-\n    spec: {containers: [{name: a, image: evil/x:1}]}",
        ">-\n    spec:\n      {containers: [{name: a, image: evil/x:1}]}",
    ],
)
def test_at_133_a_patch_on_one_line_is_read(patch: str) -> None:
    assert images(f"resources: [a.yaml]\npatches:\n- patch: {patch}\n", "kustomization.yaml") == ["evil/x:1"]


def test_at_138_values_on_one_line_are_read() -> None:
    head = "apiVersion: argoproj.io/v1alpha1\nkind: Application\n"
    assert images(f"{head}spec: {{source: {{helm: {{values: 'image: {{repository: a/b, tag: v1}}'}}}}}}") == ["a/b:v1"]


def test_at_133_a_replacement_in_a_file_of_its_own_is_read() -> None:
    text = "- sourceValue: evil/x:1\n  targets: [{select: {kind: Pod}, fieldPaths: [spec.containers.0.image]}]\n"
    assert images(text, "replacement.yaml") == ["evil/x:1"]


@pytest.mark.parametrize("targets", ["[{fieldPaths: [spec.replicas]}]", "[{fieldPaths: x}]", "[x]", "x"])
def test_a_replacement_of_something_else_is_none(targets: str) -> None:
    assert images(f"- {{sourceValue: 'a/b:1', targets: {targets}}}", "replacement.yaml") == []


@pytest.mark.parametrize("op", ["copy", "move"])
def test_at_133_a_patch_that_takes_the_image_from_elsewhere_is_told(op: str) -> None:
    text = f"- {{op: {op}, from: /metadata/annotations/x, path: /spec/containers/0/image}}"
    assert images(text, "patch.yaml") == ["!/metadata/annotations/x"]


def test_a_patch_without_an_origin_is_none() -> None:
    assert images("- {op: copy, path: /spec/containers/0/image}", "patch.yaml") == []
