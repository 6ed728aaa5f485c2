"""Charts, artifacts and sources in every format that names them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.inventory import Artifact, ImageUse, resolved, source_changes
from app.formats import find_images
from tests.formats.found import D, short

FLUX = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: {}\nmetadata: {{name: acme, namespace: apps}}\nspec:\n"
RELEASE = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: cm, namespace: apps}\nspec:\n"
APPLICATION = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n"
KUSTOMIZATION = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"


CHART_LAYER = "  layerSelector: {mediaType: application/vnd.cncf.helm.chart.content.v1.tar+gzip}\n"


def said(use: ImageUse) -> str:
    """Write the word for what is named, its line, and the reference or the source."""
    if use.source is not None:
        return f"{use.line} source: {use.source}"
    return f"{use.line} {use.artifact.value}: {short(use)}"


def found(text: str, path: str = "a.yaml") -> list[str]:
    return [said(use) for use in resolved(find_images(path, text))]


CHART = (
    "  chart:\n    spec:\n      chart: cm\n      version: 1.2.3\n      sourceRef: {kind: HelmRepository, name: acme}\n"
)


def test_a_chart_of_a_registry_is_an_artifact_of_its_own() -> None:
    repository = FLUX.format("HelmRepository") + "  type: oci\n  url: oci://ghcr.io/acme/charts\n"
    assert found(f"{RELEASE}{CHART}---\n{repository}") == [
        "8 helm chart: ghcr.io/acme/charts/cm:1.2.3",
        "16 source: Helm repository of oci://ghcr.io/acme/charts",
    ]


def test_a_chart_of_another_file_is_a_source() -> None:
    assert found(f"{RELEASE}{CHART}") == ["8 source: chart cm 1.2.3 of HelmRepository apps/acme"]


def test_the_values_of_a_release_are_read_beside_its_chart() -> None:
    text = f"{RELEASE}{CHART}  values: {{image: {{repository: a/b, tag: v1}}}}\n"
    assert found(text)[0] == "10 image: a/b:v1"


def test_the_field_of_a_chart_leads_to_it() -> None:
    (use,) = find_images("a.yaml", f"{RELEASE}{CHART}")
    assert (use.field, use.lines, use.object and use.object.name) == ("spec.chart.spec", (7, 8), "cm")


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (
            "  chart: {spec: {chart: ./charts/a, sourceRef: {kind: GitRepository, name: g, namespace: f}}}\n",
            ["5 source: chart ./charts/a of GitRepository f/g"],
        ),
        ("  chartRef: {kind: OCIRepository, name: c}\n", ["5 source: chart of OCIRepository apps/c"]),
        (
            "  chart: {repository: https://x.test, name: cm, version: 1.0.0}\n",
            ["5 source: chart cm 1.0.0 of https://x.test"],
        ),
        (
            "  chart: {git: git@github.com:a/b, ref: master, path: charts/a}\n",
            ["5 source: chart charts/a master of git@github.com:a/b"],
        ),
        ("  chart: {git: https://g.test/b}\n", ["5 source: chart of https://g.test/b"]),
        ("  chart: {spec: {version: 1.0.0}}\n", []),
        ("  chart: {name: a}\n", ["5 source: chart a"]),
        ("  chart: {version: 1.0.0}\n", []),
        ("  chart: text\n  chartRef: text\n", []),
        ("  chartRef: {kind: OCIRepository}\n", []),
    ],
)
def test_every_form_of_a_releases_chart_is_read(spec: str, expected: list[str]) -> None:
    assert found(f"{RELEASE}{spec}") == expected


def test_a_document_without_a_spec_has_no_chart() -> None:
    assert found("apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec: 1\n") == []


@pytest.mark.parametrize(
    ("kind", "spec", "expected"),
    [
        (
            "OCIRepository",
            "  url: oci://ghcr.io/acme/manifests\n  ref: {tag: v1}\n",
            "6 OCI artifact: ghcr.io/acme/manifests:v1",
        ),
        (
            "OCIRepository",
            f"{CHART_LAYER}  ref:\n    tag: 1.2.3\n  url: oci://ghcr.io/acme/cm\n",
            "7 helm chart: ghcr.io/acme/cm:1.2.3",
        ),
        (
            "OCIRepository",
            f"  url: oci://ghcr.io/acme/m\n  ref: {{tag: v1, semver: 1.x, digest: '{D}'}}\n",
            f"6 OCI artifact: ghcr.io/acme/m:v1@{D}",
        ),
        (
            "OCIRepository",
            "  url: oci://ghcr.io/acme/m\n  ref: {semver: '>=1.0'}\n",
            "6 source: OCI artifact >=1.0 of oci://ghcr.io/acme/m",
        ),
        ("OCIRepository", "  url: oci://ghcr.io/acme/m\n", "5 OCI artifact: ghcr.io/acme/m"),
        ("OCIRepository", "  url: oci://ghcr.io/a\n  ref: {tag: '${T}'}\n", "6 OCI artifact: !oci://ghcr.io/a:${T}"),
        ("OCIRepository", "  url: oci://a b\n", "5 OCI artifact: !oci://a b"),
        ("HelmRepository", "  url: https://x.test\n", "5 source: Helm repository of https://x.test"),
        (
            "GitRepository",
            "  url: ssh://g.test/a\n  ref: {branch: main, tag: v1}\n",
            "6 source: Git repository v1 of ssh://g.test/a",
        ),
        ("GitRepository", "  url: ssh://g.test/a\n", "5 source: Git repository of ssh://g.test/a"),
        ("Bucket", "  endpoint: s3.test\n  bucketName: b\n", "5 source: bucket b of s3.test"),
        ("HelmChart", "  chart: c\n  sourceRef: {kind: HelmRepository, name: r}\n", None),
        ("ImageRepository", "  image: ghcr.io/acme/api\n", None),
    ],
)
def test_every_source_of_flux_is_read(kind: str, spec: str, expected: str | None) -> None:
    special = {
        "HelmChart": "5 source: chart c of HelmRepository apps/r",
        "ImageRepository": "5 source: image repository to be scanned of ghcr.io/acme/api",
    }
    assert found(FLUX.format(kind) + spec) == [expected or special[kind]]


@pytest.mark.parametrize(
    "kind", ["OCIRepository", "HelmRepository", "GitRepository", "Bucket", "HelmChart", "ImageRepository"]
)
@pytest.mark.parametrize("spec", ["  interval: 1m\n", "  url: [1]\n  chart: {}\n  endpoint: []\n  image: []\n"])
def test_a_source_that_leads_nowhere_has_nothing(kind: str, spec: str) -> None:
    assert found(FLUX.format(kind) + spec) == []


def test_a_source_without_a_spec_has_nothing() -> None:
    assert found("apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nspec:\n") == []


def test_the_line_of_an_artifact_is_that_of_the_part_that_moved() -> None:
    text = FLUX.format("OCIRepository") + f"  url: oci://ghcr.io/a/b\n  ref:\n    tag: v1\n    digest: {D}\n"
    (use,) = find_images("a.yaml", text)
    assert use.parts is not None
    assert (use.line, use.lines, use.parts.name, use.parts.tag, use.parts.digest) == (7, (5, 7, 8), 5, 7, 8)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "{repoURL: ghcr.io/acme/charts, chart: cm, targetRevision: 1.2.3}",
            "helm chart: ghcr.io/acme/charts/cm:1.2.3",
        ),
        ("{repoURL: 'oci://ghcr.io/acme', chart: cm, targetRevision: 1.2.3}", "helm chart: ghcr.io/acme/cm:1.2.3"),
        ("{repoURL: ghcr.io/acme, chart: cm, targetRevision: 1.x}", "source: chart cm 1.x of oci://ghcr.io/acme"),
        ("{repoURL: 'https://x.test', chart: cm, targetRevision: 1.2.3}", "source: chart cm 1.2.3 of https://x.test"),
        (
            "{repoURL: 'https://github.com/a/b', path: x, targetRevision: v1}",
            "source: Git repository x v1 of https://github.com/a/b",
        ),
        ("{repoURL: 'https://github.com/a/b'}", "source: Git repository of https://github.com/a/b"),
        ("{repoURL: 'oci://ghcr.io/acme/m', path: ., targetRevision: 1.2.3}", "OCI artifact: ghcr.io/acme/m:1.2.3"),
        (f"{{repoURL: 'oci://ghcr.io/acme/m', targetRevision: '{D}'}}", f"OCI artifact: ghcr.io/acme/m@{D}"),
        ("{repoURL: 'oci://ghcr.io/acme/m', targetRevision: 1.x}", "source: OCI artifact 1.x of oci://ghcr.io/acme/m"),
    ],
)
@pytest.mark.parametrize(
    "key", ["source: {}", "sources: [{}]", "generators: [{{git: {}}}]", "template: {{spec: {{source: {}}}}}"]
)
def test_at_132_every_source_of_an_application_is_read(source: str, expected: str, key: str) -> None:
    assert found(f"{APPLICATION}  {key.format(source)}\n") == [f"5 {expected}"]


def test_a_revision_of_a_generator_counts() -> None:
    text = f"{APPLICATION}  generators: [{{git: {{repoURL: 'https://g.test', revision: HEAD}}}}]\n"
    assert found(text) == ["5 source: Git repository HEAD of https://g.test"]


def test_a_local_chart_of_an_application_is_none() -> None:
    assert found(f"{APPLICATION}  source: {{repoURL: 'file:///x', chart: a}}\n") == []


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("https://github.com/a/b//deploy?ref=v1", ["3 source: Kustomize base v1 of https://github.com/a/b//deploy"]),
        (
            "https://github.com/a/b?timeout=120&ref=v1&submodules=0",
            ["3 source: Kustomize base v1 of https://github.com/a/b"],
        ),
        ("https://x.test/v1/install.yaml", ["3 source: Kustomize base of https://x.test/v1/install.yaml"]),
        ("github.com/a/b?ref=v1", ["3 source: Kustomize base v1 of github.com/a/b"]),
        ("git@github.com:a/b.git?ref=v1", ["3 source: Kustomize base v1 of git@github.com:a/b.git"]),
        ("git::https://g.test/a?version=v1", ["3 source: Kustomize base v1 of git::https://g.test/a"]),
        ("ssh://git@g.test/a", ["3 source: Kustomize base of ssh://git@g.test/a"]),
        ("g.test/a/b?x=1&ref=v1", ["3 source: Kustomize base v1 of g.test/a/b"]),
        ("g.test/a/b.git/deploy", ["3 source: Kustomize base of g.test/a/b.git/deploy"]),
        ("b.gitops/deploy", []),
        ("https://[x", ["3 source: Kustomize base of https://[x"]),
        ("../../base", []),
        ("deploy.yaml", []),
        ("file:///etc", []),
        ("[1]", []),
    ],
)
@pytest.mark.parametrize("key", ["resources", "bases", "components", "transformers"])
def test_at_133_a_remote_base_is_a_source_and_no_path_is_followed(entry: str, expected: list[str], key: str) -> None:
    quoted = entry if entry == "[1]" else f"'{entry}'"
    assert found(f"{KUSTOMIZATION}{key}: [{quoted}]\n") == expected


def test_at_133_a_remote_patch_is_a_source() -> None:
    text = f"{KUSTOMIZATION}patches: [{{path: 'https://x.test/p.yaml'}}, {{path: p.yaml}}]\n"
    assert found(text) == ["3 source: Kustomize base of https://x.test/p.yaml"]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("{name: c, repo: 'oci://ghcr.io/acme', version: 1.2.3}", ["3 helm chart: ghcr.io/acme/c:1.2.3"]),
        ("{name: c, repo: 'https://x.test', version: 1.2.3}", ["3 source: chart c 1.2.3 of https://x.test"]),
        ("{name: c, repo: 'https://x.test'}", ["3 source: chart c of https://x.test"]),
        (
            "{chartName: c, chartRepo: 'https://x.test', chartVersion: 1.2.3}",
            ["3 source: chart c 1.2.3 of https://x.test"],
        ),
        ("{name: c, version: 1.2.3}", []),
        ("{repo: 'https://x.test'}", []),
        ("text", []),
    ],
)
@pytest.mark.parametrize("key", ["helmCharts", "helmChartInflationGenerator"])
def test_at_133_charts_of_a_kustomization_are_read(entry: str, expected: list[str], key: str) -> None:
    assert found(f"{KUSTOMIZATION}{key}: [{entry}]\n") == expected


@pytest.mark.parametrize(
    ("value", "field", "expected"),
    [
        ("api:v1", "spec.containers.0.image", ["4 image: api:v1"]),
        ("ghcr.io/acme/api:v1", "spec.containers.0.image", ["4 image: ghcr.io/acme/api:v1"]),
        ("api:v1", "metadata.name", []),
        ("A B", "spec.containers.0.image", []),
    ],
)
def test_at_133_a_replacement_that_is_written_out_is_read(value: str, field: str, expected: list[str]) -> None:
    text = f"{KUSTOMIZATION}replacements:\n- sourceValue: {value}\n  targets: [{{fieldPaths: [{field}]}}]\n"
    assert found(text) == expected


def test_a_replacement_from_another_object_is_found_there() -> None:
    assert found(f"{KUSTOMIZATION}replacements: [{{source: {{kind: ConfigMap}}}}, text]\n") == []


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("{name: c, repository: 'oci://ghcr.io/acme', version: 1.2.3}", ["2 helm chart: ghcr.io/acme/c:1.2.3"]),
        ("{name: c, repository: 'https://x.test', version: 1.x.x}", ["2 source: chart c 1.x.x of https://x.test"]),
        ("{name: c, repository: '@acme', version: 1.2.3}", ["2 source: chart c 1.2.3 of @acme"]),
        ("{name: c, repository: 'file://../c', version: 1.2.3}", []),
        ("{name: c, version: 1.2.3}", []),
        ("{repository: 'https://x.test'}", []),
        ("text", []),
    ],
)
@pytest.mark.parametrize("path", ["charts/a/Chart.yaml", "requirements.yaml"])
def test_at_132_the_dependencies_of_a_chart_are_read(entry: str, expected: list[str], path: str) -> None:
    assert found(f"name: a\ndependencies: [{entry}]\n", path) == expected


def test_the_version_of_the_application_is_a_source() -> None:
    assert found("name: api\nversion: 0.1.0\nappVersion: '2.0'\n", "Chart.yaml") == [
        "3 source: application version api 2.0"
    ]


def test_the_images_that_a_chart_lists_are_found() -> None:
    text = "name: a\nannotations:\n  artifacthub.io/images: |\n    - name: api\n      image: ghcr.io/acme/api:1.0\n"
    assert found(text, "Chart.yaml") == ["5 image: ghcr.io/acme/api:1.0"]


def test_a_chart_that_is_no_mapping_has_nothing() -> None:
    assert found("- a\n", "Chart.yaml") == []


def test_an_object_in_a_file_of_that_name_is_read_as_an_object() -> None:
    (use,) = find_images("Chart.yaml", "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: a:1}]}\n")
    assert use.format == "kubernetes"


RELEASES = """\
repositories:
  - {name: acme, url: ghcr.io/acme/charts, oci: true}
  - {name: old, url: "https://x.test"}
releases:
"""


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("{chart: 'oci://ghcr.io/a/c', version: 1.2.3}", ["5 helm chart: ghcr.io/a/c:1.2.3"]),
        ("{chart: acme/c, version: 1.2.3}", ["5 helm chart: ghcr.io/acme/charts/c:1.2.3"]),
        ("{chart: old/c, version: 1.2.3}", ["5 source: chart old/c 1.2.3 of https://x.test"]),
        ("{chart: unknown/c, version: 1.2.3}", ["5 source: chart unknown/c 1.2.3"]),
        ("{chart: c}", ["5 source: chart c"]),
        ("{chart: ./c}", []),
        ("{chart: ../c}", []),
        ("{chart: [c]}", []),
        ("text", []),
    ],
)
def test_at_132_the_releases_of_a_helmfile_are_read(release: str, expected: list[str]) -> None:
    marker = "  - {chart: ./local}\n"
    assert found(f"{RELEASES}  - {release}\n{marker}") == expected


def test_the_values_of_a_helmfile_are_read() -> None:
    text = "releases:\n- chart: ./c\n  values: [{image: {repository: a/b, tag: v1}}]\n"
    assert found(text, "helmfile.d/a.yaml") == ["3 image: a/b:v1"]


def test_releases_of_something_else_are_no_helmfile() -> None:
    (use,) = find_images("a.yaml", "releases: [{image: a:1}]")
    assert use.format == "yaml"


DEVCONTAINER = """\
{
  // what everybody gets
  "image": "ghcr.io/acme/dev:1", /* pinned
  later */
  "features": {
    "ghcr.io/devcontainers/features/go:1": {"url": "https://x.test//y"},
    "ghcr.io/devcontainers/features/node": {},
    "./local": {},
    "docker": "latest",
  }
}
"""


def test_the_features_of_a_development_container_are_artifacts() -> None:
    assert found(DEVCONTAINER, ".devcontainer/devcontainer.json") == [
        "3 image: ghcr.io/acme/dev:1",
        "6 OCI artifact: ghcr.io/devcontainers/features/go:1",
        "7 OCI artifact: ghcr.io/devcontainers/features/node",
    ]


def test_a_development_container_without_features_has_its_image() -> None:
    assert found('{"image": "a:1"}', ".devcontainer.json") == ["1 image: a:1"]


def test_a_file_that_is_no_json_with_comments_either_is_unreadable() -> None:
    with pytest.raises(Exception, match="not YAML"):
        find_images("a.json", '{"a": // x\n"')


PACKAGE = "apiVersion: pkg.crossplane.io/v1\nkind: Provider\nmetadata: {name: p}\nspec:\n"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("  package: xpkg.crossplane.io/a/p:v1\n", ["5 OCI artifact: xpkg.crossplane.io/a/p:v1"]),
        ("  package: acme/p:v1\n", ["5 OCI artifact: acme/p:v1"]),
        ("  package: A B\n", ["5 OCI artifact: !A B"]),
        ("  image: a:1\n", ["5 image: a:1"]),
    ],
)
def test_packages_of_crossplane_are_artifacts(spec: str, expected: list[str]) -> None:
    assert found(f"{PACKAGE}{spec}") == expected


@pytest.mark.parametrize(
    ("chart", "expected"),
    [
        ("{name: c, repository: 'https://x.test', version: 1.2.3}", ["5 source: chart c 1.2.3 of https://x.test"]),
        ("{url: 'oci://ghcr.io/a/c', version: 1.2.3}", ["5 helm chart: ghcr.io/a/c:1.2.3"]),
        ("{version: 1.2.3}", []),
        ("text", []),
    ],
)
def test_charts_of_crossplanes_helm_provider_are_read(chart: str, expected: list[str]) -> None:
    head = "apiVersion: helm.crossplane.io/v1beta1\nkind: Release\nmetadata: {name: r}\nspec:\n"
    assert found(f"{head}  forProvider: {{chart: {chart}}}\n") == expected


def test_a_package_without_a_spec_has_nothing() -> None:
    assert found("apiVersion: pkg.crossplane.io/v1\nkind: Provider\nspec: x\n") == []


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("  chart: c\n  repo: https://x.test\n  version: 1.2.3\n", ["7 source: chart c 1.2.3 of https://x.test"]),
        ("  chart: oci://ghcr.io/a/c\n  version: 1.2.3\n", ["6 helm chart: ghcr.io/a/c:1.2.3"]),
        ("  valuesContent: |\n    image: {repository: a/b, tag: v1}\n", ["6 image: a/b:v1"]),
        ("  chart: ./c\n", []),
    ],
)
def test_charts_of_k3s_are_read(spec: str, expected: list[str]) -> None:
    head = "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata: {name: c}\nspec:\n"
    assert found(f"{head}{spec}") == expected


def test_a_chart_of_k3s_without_a_spec_has_nothing() -> None:
    assert found("apiVersion: helm.cattle.io/v1\nkind: HelmChart\nspec:\n") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("taskRef: {bundle: 'quay.io/a/b:1'}", "1 OCI artifact: quay.io/a/b:1"),
        ("params: [{name: bundle, value: 'quay.io/a/b:1'}]", "1 OCI artifact: quay.io/a/b:1"),
        ("task_bundle: quay.io/a/b:1", "1 OCI artifact: quay.io/a/b:1"),
        ("params: [{name: image, value: 'quay.io/a/b:1'}]", "1 image: quay.io/a/b:1"),
        ("package: oci://ghcr.io/a/b:1", "1 OCI artifact: ghcr.io/a/b:1"),
    ],
)
def test_bundles_and_what_has_the_scheme_are_artifacts(text: str, expected: str) -> None:
    assert found(text) == [expected]


@pytest.mark.parametrize("text", ["image: oci://ghcr.io/a/b:1", "url: oci://ghcr.io/a/b"])
def test_at_118_a_scheme_is_no_reference_where_an_image_stands_nor_without_a_version(text: str) -> None:
    assert all(use.name is None for use in find_images("a.yaml", text))


def test_at_138_the_objects_of_a_list_are_read_each_as_what_it_is() -> None:
    item = "- apiVersion: helm.cattle.io/v1\n  kind: HelmChart\n  spec: {chart: c}\n"
    text = f"apiVersion: v1\nkind: List\nitems:\n{item}"
    assert found(text) == ["6 source: chart c"]


def test_at_132_another_version_of_a_chart_is_told_where_it_stands() -> None:
    before, after = (
        find_images("a.yaml", f"{RELEASE}{CHART}".replace("1.2.3", version)) for version in ("1.2.3", "1.3.0")
    )
    (place,) = source_changes(before, after, {})
    assert (place.line, place.reason[:66]) == (8, "the chart cm of HelmRepository apps/acme moves from 1.2.3 to 1.3.0")


FIELDS = st.dictionaries(
    st.sampled_from(
        ["chart", "version", "repoURL", "repo", "url", "ref", "spec", "name", "sourceRef", "package", "kind"]
    ),
    st.one_of(
        st.sampled_from(
            ["oci://ghcr.io/a/b", "https://x.test", "1.2.3", "c", "", "~", "${X}", "./x", "[]", "{}", "a b", "'@'"]
        ),
        st.sampled_from(["{spec: {chart: c, version: 1}}", "{tag: x}", "{chart: {name: c}}", "[{chart: c}]"]),
    ),
    max_size=6,
)
HEADS = [
    RELEASE,
    APPLICATION,
    PACKAGE,
    *(FLUX.format(kind) for kind in ("OCIRepository", "HelmRepository", "GitRepository", "HelmChart")),
    "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nspec:\n",
]


@given(st.sampled_from(HEADS), FIELDS)
@settings(max_examples=200, deadline=None)
def test_whatever_stands_in_a_spec_is_an_image_a_problem_or_a_source(head: str, fields: dict[str, str]) -> None:
    text = head + "".join(f"  {key}: {value}\n" for key, value in fields.items())
    lines = text.count("\n")
    for use in find_images("a.yaml", text):
        assert 1 <= use.line <= lines
        assert (use.problem is None) == (use.name is not None or use.tag is not None or use.digest is not None)
        assert use.source is None or (use.problem is not None and use.artifact is Artifact.IMAGE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{repoURL: 'https://x.test', chartName: c, version: 1.2.3}", ["source: chart c 1.2.3 of https://x.test"]),
        ("{repositoryURL: 'oci://ghcr.io/a', chartName: c, chartVersion: 1.2.3}", ["helm chart: ghcr.io/a/c:1.2.3"]),
        ("[{helm: {chart: c, repo: 'https://x.test', version: 1.x}}]", ["source: chart c 1.x of https://x.test"]),
        ("{chart: {spec: {chart: c, version: 1.2.3}}}", ["source: chart c 1.2.3"]),
        ("{chart: 'oci://ghcr.io/a/c:1.2.3'}", ["helm chart: ghcr.io/a/c:1.2.3"]),
        ("{name: c, url: 'oci://ghcr.io/a/c', version: 1.2.3}", ["helm chart: ghcr.io/a/c:1.2.3"]),
        ("{url: 'oci://ghcr.io/a/c', version: 1.2.3}", ["helm chart: ghcr.io/a/c:1.2.3"]),
        ("{name: c, url: 'oci://ghcr.io/a', version: 1.2.3}", ["source: chart c 1.2.3 of oci://ghcr.io/a"]),
        ("{chart: c}", []),
        ("{chart: ./c, version: 1.2.3}", []),
        ("{chart: ~, version: 1.2.3}", []),
        ("{chart: {type: bar}, version: 1.2.3}", []),
        ("{url: 'https://x.test', version: 1.2.3}", []),
        ("{url: 'oci://ghcr.io/a'}", []),
    ],
)
@pytest.mark.parametrize("head", ["", "apiVersion: addons.test/v1\nkind: HelmChartProxy\nmetadata: {name: a}\n"])
def test_at_132_charts_are_found_by_shape_in_objects_and_files_of_any_kind(
    text: str, expected: list[str], head: str
) -> None:
    line = head.count("\n") + 1
    assert found(f"{head}spec: {text}\n") == [f"{line} {one}" for one in expected]
