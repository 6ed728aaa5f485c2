from __future__ import annotations

import pytest

from app.core.inventory import diff, unreadable_changes
from app.formats import find_images
from tests.formats.found import D, E, fields, images, lines

FLUX = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a, namespace: b}\n"
ARGO = "apiVersion: argoproj.io/v1alpha1\nkind: Application\n"


def test_a_helm_release_is_read_as_values() -> None:
    text = f"{FLUX}spec:\n  values:\n    image:\n      repository: acme/a\n      tag: 1.2.3@{D}\n"
    (use,) = find_images("a.yaml", text)
    assert (use.field, use.line, use.format, str(use.name)) == (
        "spec.values.image",
        8,
        "flux-helmrelease",
        "docker.io/acme/a",
    )


def test_the_global_registry_of_a_helm_release_counts() -> None:
    values = "{global: {imageRegistry: my.io}, image: {repository: a/b, tag: '1'}}"
    assert images(f"{FLUX}spec: {{values: {values}}}") == ["my.io/a/b:1"]


def test_at_138_post_renderers_of_a_helm_release_are_read() -> None:
    images_entry = "{kustomize: {images: [{name: a/b, newTag: '2'}]}}"
    assert images(f"{FLUX}spec: {{postRenderers: [{images_entry}]}}") == ["a/b:2"]


@pytest.mark.parametrize("version", ["helm.fluxcd.io/v1", "flux.weave.works/v1beta1", "helm.toolkit.fluxcd.io/v2beta1"])
def test_helm_releases_of_any_flux_are_known(version: str) -> None:
    text = f"apiVersion: {version}\nkind: HelmRelease\nspec: {{values: {{image: {{repository: a/b, tag: '1'}}}}}}"
    assert [use.format for use in find_images("a.yaml", text)] == ["flux-helmrelease"]


def test_a_helm_release_without_spec_is_read_by_shape() -> None:
    assert images(f"{FLUX}values: {{image: 'a:1'}}") == ["a:1"]


def test_images_beside_the_spec_of_a_helm_release_are_found() -> None:
    assert images(f"{FLUX}x: {{image: 'b:1'}}\nspec: {{values: {{image: 'a:1'}}}}") == ["b:1", "a:1"]


def test_values_of_an_application_are_read_at_their_lines() -> None:
    values = "        image:\n          repository: a/b\n          tag: '1'\n"
    text = f"{ARGO}spec:\n  source:\n    helm:\n      values: |\n{values}"
    assert lines(text) == [(9, "a/b:1")]


def test_a_values_object_of_an_application_is_read() -> None:
    values = "{image: {repository: a/b, tag: '1'}}"
    assert images(f"{ARGO}spec: {{source: {{helm: {{valuesObject: {values}}}}}}}") == ["a/b:1"]


def test_at_138_parameters_of_one_image_are_put_together() -> None:
    parameters = (
        "[{name: x.image.repository, value: a/b}, {name: x.image.tag, value: '1'}, {name: image.tag, value: '2'}]"
    )
    assert fields(f"{ARGO}spec: {{sources: [{{helm: {{parameters: {parameters}}}}}]}}") == [
        ("spec.sources[0].helm.parameters.x.image", "a/b:1"),
        ("spec.sources[0].helm.parameters.image", "?:2"),
    ]


@pytest.mark.parametrize(
    "parameters",
    ["[{name: other, value: x}]", "[x, {name: [a]}, {name: a, value: [b]}]"],
)
def test_parameters_that_are_no_image_are_passed_over(parameters: str) -> None:
    assert images(f"{ARGO}spec: {{helm: {{parameters: {parameters}}}}}") == []


def test_at_138_kustomize_overrides_of_an_application_are_read() -> None:
    assert images(f"{ARGO}spec: {{kustomize: {{images: ['a=acme/b:2', 'acme/c:3']}}}}") == ["acme/b:2", "acme/c:3"]


def test_at_138_an_image_that_an_updater_picks_is_a_problem() -> None:
    annotations = "{argocd-image-updater.argoproj.io/image-list: 'a=acme/b', argocd-image-updater.argoproj.io/x: y}"
    (use,) = find_images("a.yaml", f"{ARGO}metadata: {{annotations: {annotations}}}")
    assert use.problem == "the image is chosen at run time"


def test_an_application_set_is_read_as_an_application() -> None:
    text = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec: {template: {spec: {image: 'a:1'}}}"
    assert [use.format for use in find_images("a.yaml", text)] == ["argocd"]


def test_compose_services_are_read() -> None:
    assert lines("services:\n  a:\n    image: a:1\n", "docker-compose.yml") == [(3, "a:1")]


def test_the_default_of_a_compose_variable_counts_with_a_warning() -> None:
    (use,) = find_images("compose.yaml", "services: {a: {image: 'acme/a:${TAG:-1}'}}")
    assert (use.tag, use.problem, use.warning) == ("1", None, "a variable may take the place of this default")


def test_a_compose_variable_without_default_is_a_problem() -> None:
    assert images("services: {a: {image: 'acme/a:${TAG}'}}", "compose.yaml") == ["!acme/a:${TAG}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("jobs: {a: {container: 'node:20'}}", ["node:20"]),
        ("jobs: {a: {container: {image: 'node:20'}}}", ["node:20"]),
        ("jobs: {a: {container: 'ghcr.io/acme/a:1'}}", ["ghcr.io/acme/a:1"]),
        ("jobs: {a: {services: {db: {image: 'postgres:16'}}}}", ["postgres:16"]),
        ("jobs: {a: {steps: [{uses: 'docker://alpine:3'}]}}", ["alpine:3"]),
        ("jobs: {a: {steps: [{uses: 'docker://'}]}}", []),
        ("jobs: {a: {steps: [{uses: actions/checkout@v4}]}}", []),
        ("jobs: {a: {runs-on: ubuntu-latest}}", []),
    ],
)
def test_workflow_images_are_found(text: str, expected: list[str]) -> None:
    assert images(text, ".github/workflows/a.yml") == expected


def test_the_image_of_an_action_is_found() -> None:
    assert images("runs: {using: docker, image: 'docker://alpine:3'}", "action.yml") == ["alpine:3"]


DOCKERFILE = f"""# syntax=docker/dockerfile:1
# a comment
ARG VERSION=1.2 OTHER="x"
ARG BASE=ghcr.io/acme/base:3
FROM --platform=linux/amd64 golang:${{VERSION}} AS build
ARG LATE=9
RUN <<EOF
FROM nothing
EOF
RUN a \\
  # inside
  --mount=type=bind,from=mount/image:1 b
FROM $BASE as Final
COPY --from=build /a /b
COPY --from=0 /a /b
COPY --from=ghcr.io/acme/files@{D} /a /b
FROM scratch
FROM build
FROM ${{UNKNOWN}}
FROM ${{DEFAULTED:-alpine:3}}
from debian
FROM
FROM a:$LATE"""


def test_a_build_file_is_read() -> None:
    assert lines(DOCKERFILE, "Dockerfile") == [
        (1, "docker/dockerfile:1"),
        (3, "golang:1.2"),
        (10, "mount/image:1"),
        (4, "ghcr.io/acme/base:3"),
        (16, f"ghcr.io/acme/files@{D}"),
        (19, "!${UNKNOWN}"),
        (20, "alpine:3"),
        (21, "debian"),
        (23, "!a:$LATE"),
    ]


@pytest.mark.parametrize("line", ["RUN a <<EOF", "RUN a $((1<<EOF))", "LABEL a=<<EOF", "USER a"])
def test_what_only_looks_like_a_here_document_hides_nothing(line: str) -> None:
    assert images(f"FROM a:1\n{line}\nFROM\tb:1", "Dockerfile") == ["a:1", "b:1"]


def test_an_argument_without_a_value_is_a_problem() -> None:
    assert lines("ARG BASE=\nFROM ${BASE}", "Dockerfile") == [(1, "!${BASE}")]


def test_a_build_file_may_end_in_a_continued_line() -> None:
    assert images("FROM a:1 \\", "Dockerfile") == ["a:1"]


def test_the_stage_is_the_field() -> None:
    assert [field for field, _ in fields("FROM a:1 AS x\nFROM b:1", "Dockerfile")] == ['["FROM[x]"]', '["FROM[1]"]']


TEMPLATE = """{{- if .Values.on }}
kind: Deployment
spec:
  containers:
    - image: renovate/renovate:40.46.0
    - image: "{{ .Values.image }}:{{ .Values.tag }}"
    # - image: old:1
{{- end }}
"""


def test_at_132_a_template_is_read_by_line_and_what_it_fills_in_is_a_problem() -> None:
    assert lines(TEMPLATE, "chart/templates/a.yaml") == [
        (5, "renovate/renovate:40.46.0"),
        (6, "!{{ .Values.image }}:{{ .Values.tag }}"),
    ]


def test_at_132_a_templated_image_is_told_only_where_it_differs() -> None:
    def told(after: str) -> int:
        sides = [find_images("chart/templates/a.yaml", text) for text in (TEMPLATE, after)]
        return len(unreadable_changes(sides[0], sides[1]))

    assert [told(TEMPLATE), told(f"\n{TEMPLATE}"), told(TEMPLATE.replace(".Values.tag", ".Values.evil"))] == [0, 0, 1]


def test_at_132_a_bump_in_a_template_is_a_change() -> None:
    sides = [find_images("templates/a.yaml", text) for text in (TEMPLATE, TEMPLATE.replace("40.46.0", "40.47.0"))]
    assert [str(change.after) for change in diff(sides[0], sides[1], {})] == ["40.47.0"]


def test_a_template_that_is_yaml_is_read_as_yaml() -> None:
    assert images("image: {repository: a/b, tag: '1'}", "templates/a.yaml") == ["a/b:1"]


def test_a_template_of_something_else_is_read_by_line() -> None:
    assert images("server {\n  image: a/b:1\n", "nginx.conf.j2") == ["a/b:1"]


def test_a_json_file_is_read_by_shape() -> None:
    assert lines('{\n\t"a": {\n\t\t"image": "a:1"}}', "a.json") == [(3, "a:1")]


def test_a_digest_anywhere_is_an_image() -> None:
    assert images(f"a: b/c@{E}") == [f"b/c@{E}"]


IMAGES = "image: {repository: evil/x, tag: v1}\nspec: {app: {image: evil/y:1}}\nside: {image: evil/z:1}\n"


@pytest.mark.parametrize(
    "decoy",
    [
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\n",
        "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageRepository\n",
        "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Namespace}]\n",
        "apiVersion: v1\nkind: List\nitems: []\n",
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n",
        "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\n",
        "apiVersion: pkg.crossplane.io/v1\nkind: Provider\n",
        "releases: [{chart: a}]\n",
        "job: {script: a, stage: b}\n",
    ],
)
def test_at_139_words_beside_the_images_of_a_values_file_hide_none(decoy: str) -> None:
    assert {"evil/x:v1", "evil/y:1", "evil/z:1"} <= set(images(decoy + IMAGES, "values.yaml"))


def test_what_a_flux_source_takes_is_told_once() -> None:
    text = (
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nspec: {url: oci://ghcr.io/a/b, ref: {tag: '1'}}"
    )
    assert images(text) == ["ghcr.io/a/b:1"]


ARGO = "apiVersion: argoproj.io/v1alpha1\nkind: Application\n"


def test_at_124_a_parameter_that_is_said_twice_hides_no_image() -> None:
    said = (("image.repository", "evil/x"), ("image.tag", "v1"), ("image.tag", "v2"))
    items = ", ".join(f"{{name: {name}, value: {value}}}" for name, value in said)
    assert images(f"{ARGO}spec: {{source: {{helm: {{parameters: [{items}]}}}}}}") == [
        "evil/x:v1",
        "evil/x:v2",
        "!v1 v2",
    ]


@pytest.mark.parametrize(
    ("entry", "expected"), [("a/b=evil/x", ["evil/x"]), ("a/b=evil/x:1", ["evil/x:1"]), ("a/b", []), ("a/b=", [])]
)
def test_at_138_an_image_that_argo_cd_puts_in_the_place_of_another_is_found(entry: str, expected: list[str]) -> None:
    assert images(f"{ARGO}spec: {{source: {{kustomize: {{images: ['{entry}']}}}}}}") == expected


def test_images_that_are_no_list_of_texts_are_none() -> None:
    assert images(f"{ARGO}spec: {{source: {{kustomize: {{images: [[x], {{a: b}}]}}}}}}") == []
