from __future__ import annotations

import base64

import pytest

from app.core.inventory import ObjectReference, diff
from app.formats import find_images
from tests.formats.found import D, fields, images, lines

POD = f"""apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: prod
spec:
  initContainers:
    - name: init
      image: busybox:1
  containers:
    - name: web
      image: ghcr.io/acme/web:1
    - image: ghcr.io/acme/side@{D}
      name: side
  ephemeralContainers:
    - name: debug
      image: alpine
  volumes:
    - name: models
      image:
        reference: quay.io/acme/models:7
        pullPolicy: Always
"""


def test_at_129_every_container_and_image_volume_of_a_pod_is_found() -> None:
    assert lines(POD) == [
        (9, "busybox:1"),
        (12, "ghcr.io/acme/web:1"),
        (13, f"ghcr.io/acme/side@{D}"),
        (17, "alpine"),
        (21, "quay.io/acme/models:7"),
    ]


def test_a_use_names_object_field_and_container() -> None:
    use = find_images("a.yaml", POD)[1]
    assert (use.object, use.field, use.container, use.format) == (
        ObjectReference("v1", "Pod", "prod", "web"),
        "spec.containers[0].image",
        "web",
        "kubernetes",
    )


def test_the_name_of_a_container_may_come_after_its_image() -> None:
    assert find_images("a.yaml", POD)[2].container == "side"


def test_at_129_a_cron_job_is_looked_into() -> None:
    job = "{spec: {template: {spec: {containers: [{name: c, image: 'a:1'}]}}}}"
    assert fields(f"apiVersion: batch/v1\nkind: CronJob\nspec:\n  jobTemplate: {job}") == [
        ("spec.jobTemplate.spec.template.spec.containers[0].image", "a:1")
    ]


def test_every_item_of_a_list_is_an_object_of_its_own() -> None:
    item = "{apiVersion: v1, kind: Pod, metadata: {name: %s}, spec: {containers: [{name: c, image: 'a:%s'}]}}"
    text = f"apiVersion: v1\nkind: List\nitems:\n- {item % ('x', 1)}\n- {item % ('y', 2)}"
    uses = find_images("a.yaml", text)
    assert [(use.object.name if use.object else "", use.field, use.tag) for use in uses] == [
        ("x", "spec.containers[0].image", "1"),
        ("y", "spec.containers[0].image", "2"),
    ]


def test_every_document_of_a_stream_is_read() -> None:
    assert images(f"{POD}---\napiVersion: v1\nkind: Pod\nspec: {{containers: [{{image: 'b:2'}}]}}")[-1] == "b:2"


def test_at_129_a_pod_inside_a_config_map_is_found_at_its_own_line() -> None:
    inner = "".join(f"    {line}\n" for line in POD.splitlines())
    text = f"apiVersion: v1\nkind: ConfigMap\ndata:\n  pod.yaml: |\n{inner}  other: x\n"
    assert lines(text)[0] == (13, "busybox:1")


def test_a_document_inside_a_document_inside_a_string_is_found() -> None:
    inner = "    kind: ConfigMap\n    data:\n      b: |\n        image: a:1\n"
    text = f"apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n{inner}"
    assert lines(text) == [(8, "a:1")]


def test_json_inside_a_string_is_found_at_the_string() -> None:
    assert lines('apiVersion: v1\nkind: X\ndata:\n  a: \'{"image": "a:1"}\'') == [(4, "a:1")]


def test_a_broken_document_inside_a_string_is_a_problem() -> None:
    text = "apiVersion: v1\nkind: ConfigMap\ndata:\n  pod.yaml: |\n    image: a:1\n    image: b:1\n"
    (use,) = find_images("a.yaml", text)
    assert (use.problem, use.line) == ("the document inside: ambiguous: key image twice", 5)


def test_text_that_says_it_is_yaml_and_is_not_is_a_problem() -> None:
    text = 'apiVersion: v1\nkind: ConfigMap\ndata:\n  pod.yaml: |\n    image: "a\n'
    (use,) = find_images("a.yaml", text)
    assert use.problem == "the document inside is not YAML: found unexpected end of stream"


def test_a_template_inside_a_string_is_read_by_line() -> None:
    text = "apiVersion: v1\nkind: ConfigMap\ndata:\n  pod.yaml: |\n    {{ if x }}\n    image: a:1\n    {{ end }}\n"
    assert lines(text) == [(6, "a:1")]


def test_a_script_names_images_by_assignment_and_as_words() -> None:
    script = "#!/bin/sh\n    # image: no:1\n    IMAGE=a/b:1\n    docker run ghcr.io/acme/c:2 sh\n    image=${X}\n"
    text = f"apiVersion: v1\nkind: Task\nspec:\n  script: |\n    {script}"
    assert lines(text) == [(7, "a/b:1"), (8, "ghcr.io/acme/c:2")]


def test_a_split_image_inside_a_string_is_found() -> None:
    text = "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n    x:\n      repository: app\n      tag: '1'\n"
    assert lines(text) == [(7, "app:1")]


@pytest.mark.parametrize("literal", ["IMAGE=app:1", "--Image=app:1"])
def test_the_case_of_a_key_in_a_literal_does_not_matter(literal: str) -> None:
    assert images(f"apiVersion: v1\nkind: X\nspec: {{args: ['{literal}']}}") == ["app:1"]


def test_text_without_a_word_of_images_is_passed_over() -> None:
    assert images("apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n    x: 1\n    y: 2\n") == []


def test_documents_nested_deeper_than_three_are_read_by_line() -> None:
    text, indent = "apiVersion: v1\nkind: ConfigMap\ndata:\n", "  "
    for key in "abcde":
        text += f"{indent}{key}: |\n"
        indent += "  "
    assert images(f"{text}{indent}image: a/b:1\n") == ["a/b:1"]


def test_an_expression_in_a_folded_scalar_is_found_at_its_line() -> None:
    expression = '[JSONPatch{\n        image: "ghcr.io/acme/a:1",\n        x: [\n      ]'
    text = f"apiVersion: v1\nkind: MutatingAdmissionPolicy\nspec:\n  expression: >\n    {expression}\n"
    assert lines(text) == [(6, "ghcr.io/acme/a:1")]


def test_images_of_a_folded_scalar_that_cannot_be_placed_stand_at_its_text() -> None:
    text = 'apiVersion: v1\nkind: X\nspec:\n  e: >\n\n    x: [\n\n    "image": "a\n\n      b", image: c:1, image: d:1\n'
    assert {line for line, _ in lines(text)} <= {6, 8, 10}


AT_130 = [
    ("postgresql.cnpg.io/v1", "Cluster", "spec: {imageName: 'ghcr.io/a/postgresql:16.1'}"),
    ("monitoring.coreos.com/v1", "Prometheus", "spec: {image: 'quay.io/prometheus/prometheus:v2'}"),
    ("monitoring.coreos.com/v1", "Alertmanager", "spec: {image: 'quay.io/prometheus/alertmanager:v2'}"),
    ("monitoring.coreos.com/v1", "ThanosRuler", "spec: {containers: [{name: x, image: 'quay.io/thanos/thanos:v1'}]}"),
    ("ceph.rook.io/v1", "CephCluster", "spec: {cephVersion: {image: 'quay.io/ceph/ceph:v18'}}"),
    ("argoproj.io/v1alpha1", "Workflow", "spec: {templates: [{container: {image: 'alpine:3'}}]}"),
    ("argoproj.io/v1alpha1", "WorkflowTemplate", "spec: {templates: [{script: {image: 'alpine:3'}}]}"),
    ("argoproj.io/v1alpha1", "CronWorkflow", "spec: {workflowSpec: {templates: [{initContainers: [{image: 'a:3'}]}]}}"),
    ("argoproj.io/v1alpha1", "Rollout", "spec: {template: {spec: {containers: [{name: x, image: 'a:3'}]}}}"),
    ("argoproj.io/v1alpha1", "Sensor", "spec: {template: {container: {image: 'a:3'}}}"),
    ("argoproj.io/v1beta1", "ArgoCD", "spec: {repo: {sidecarContainers: [{name: x, image: 'a:3'}]}}"),
    ("argoproj.io/v1beta1", "ArgoCD", "spec: {image: quay.io/argoproj/argocd, version: v2, kustomizeBuildOptions: x}"),
    ("tekton.dev/v1", "Task", "spec: {steps: [{name: x, image: 'a:3'}]}"),
    ("tekton.dev/v1", "Task", "spec: {sidecars: [{name: x, image: 'a:3'}]}"),
    ("tekton.dev/v1", "Task", "spec: {stepTemplate: {image: 'a:3'}}"),
    ("tekton.dev/v1", "Task", "spec: {params: [{name: BUILDER_IMAGE, default: 'acme/builder:3'}]}"),
    ("tekton.dev/v1", "PipelineRun", "spec: {taskRef: {params: [{name: bundle, value: 'quay.io/a/b:1'}]}}"),
    ("tekton.dev/v1beta1", "Pipeline", "spec: {tasks: [{taskRef: {bundle: 'quay.io/a/b:1'}}]}"),
    ("serving.knative.dev/v1", "Service", "spec: {template: {spec: {containers: [{image: 'a:3'}]}}}"),
    ("emqx.io/v2", "EMQX", "spec: {image: 'emqx:5'}"),
    ("gateway.envoyproxy.io/v1", "EnvoyProxy", "spec: {provider: {envoyDeployment: {container: {image: 'a:3'}}}}"),
    ("opentelemetry.io/v1alpha1", "Instrumentation", "spec: {java: {image: 'ghcr.io/a/java:1'}}"),
    ("dragonflydb.io/v1alpha1", "Dragonfly", "spec: {image: 'ghcr.io/dragonflydb/dragonfly:v1'}"),
    ("actions.summerwind.dev/v1", "RunnerDeployment", "spec: {template: {spec: {dockerImage: 'docker:dind'}}}"),
    ("install.istio.io/v1alpha1", "IstioOperator", "spec: {values: {grafana: {image: {repository: a/b, tag: 7.3.6}}}}"),
    ("k8s.mariadb.com/v1alpha1", "MariaDB", "spec: {image: 'mariadb:11'}"),
    ("kafka.strimzi.io/v1beta2", "Kafka", "spec: {kafka: {image: 'quay.io/strimzi/kafka:1'}}"),
    ("operators.coreos.com/v1alpha1", "CatalogSource", "spec: {sourceType: grpc, image: 'quay.io/a/index:1'}"),
    ("operators.coreos.com/v1alpha1", "ClusterServiceVersion", "spec: {relatedImages: [{name: x, image: 'a:1'}]}"),
    ("k6.io/v1alpha1", "TestRun", "spec: {runner: {image: 'grafana/k6:1'}}"),
    ("upgrade.cattle.io/v1", "Plan", "spec: {upgrade: {image: 'rancher/k3s-upgrade:v1'}}"),
    ("kyverno.io/v1", "ClusterPolicy", "spec: {rules: [{generate: {data: {spec: {containers: [{image: 'a:3'}]}}}}]}"),
    ("pkg.example.org/v1", "Anything", "spec: {any: {workerImage: 'acme/worker:1'}}"),
    ("pkg.example.org/v1", "Anything", "spec: {any: {imageRef: 'acme/worker:1'}}"),
    ("pkg.example.org/v1", "Anything", "spec: {registry: quay.io, repository: a/b, tag: '1', digest: ''}"),
    ("apps/v1", "Deployment", "spec: {env: [{name: RELATED_IMAGE_X, value: 'acme/worker:1'}]}"),
]


@pytest.mark.parametrize(("api_version", "kind", "rest"), AT_130)
def test_at_130_image_fields_of_custom_resources_are_found(api_version: str, kind: str, rest: str) -> None:
    assert len(images(f"apiVersion: {api_version}\nkind: {kind}\n{rest}\n")) == 1


def test_a_registry_is_told_from_a_path_in_arguments() -> None:
    args = "--reloader=quay.io/acme/reloader:1, --file=/etc/x/y:1, apps.v1/deployments:get, a/b:1"
    assert images(f"apiVersion: v1\nkind: Pod\nspec: {{args: [{args}]}}") == ["quay.io/acme/reloader:1"]


@pytest.mark.parametrize(
    "picture", ["logo.png", "https://example.com/a.svg", "./a/b", "/img/a", "disk.qcow2", "data:image/png;base64,AA"]
)
def test_a_picture_is_no_image(picture: str) -> None:
    assert images(f"apiVersion: v1\nkind: Link\nspec: {{image: '{picture}'}}") == []


@pytest.mark.parametrize("kind", ["Pod", "Workflow"])
def test_a_tag_beside_the_image_of_a_container_is_no_part_of_it(kind: str) -> None:
    text = f"apiVersion: x/v1\nkind: {kind}\nspec: {{containers: [{{name: c, image: acme/a, tag: '1', digest: {D}}}]}}"
    assert images(text) == ["acme/a"]


@pytest.mark.parametrize(("kind", "image"), [("Pod", "acme/app.iso"), ("Link", "ghcr.io/acme/app.iso")])
def test_a_repository_may_be_named_as_a_disk_is(kind: str, image: str) -> None:
    assert images(f"apiVersion: v1\nkind: {kind}\nspec: {{image: {image}}}") == [image]


def test_a_null_or_empty_image_is_none() -> None:
    assert images("apiVersion: v1\nkind: Pod\nspec: {a: {image: ~}, b: {image: ''}}") == []


@pytest.mark.parametrize("text", ["reg.example/a/ b:1", " a:1", f"a@{D.upper()}", "u:p@reg.example/x", "a b", "A"])
def test_at_121_an_image_that_is_no_reference_is_a_problem_in_a_workload(text: str) -> None:
    assert images(f"apiVersion: v1\nkind: Pod\nspec: {{containers: [{{image: '{text}'}}]}}") == [f"!{text}"]


@pytest.mark.parametrize("text", ["|\n    a:1\n", "'{a:1'", "'[a'", "'=a:1'"])
def test_at_121_text_that_looks_like_something_else_is_a_problem_in_a_workload(text: str) -> None:
    (use,) = find_images("a.yaml", f"apiVersion: v1\nkind: Pod\nspec:\n  image: {text}\n")
    assert use.problem == "not a valid image reference"


def test_at_121_a_reference_with_a_line_break_is_a_problem_anywhere() -> None:
    assert images("apiVersion: x/v1\nkind: X\nspec:\n  image: |\n    a:1\n") == ["!a:1\n"]


def test_at_121_a_folded_reference_is_a_problem_and_is_not_repaired() -> None:
    assert images("apiVersion: v1\nkind: Pod\nspec:\n  image: reg.example/a/\n    b:1\n") == ["!reg.example/a/ b:1"]


@pytest.mark.parametrize("text", ["u:p@reg.example/x", "reg.example/App:1", f"a@{D.upper()}"])
def test_at_117_at_118_an_image_that_is_no_reference_is_a_problem_in_a_custom_resource(text: str) -> None:
    assert images(f"apiVersion: x/v1\nkind: X\nspec: {{image: '{text}'}}") == [f"!{text}"]


def test_other_text_at_an_image_key_of_a_custom_resource_is_no_problem() -> None:
    assert images("apiVersion: x/v1\nkind: X\nspec: {image: 'A picture'}") == []


@pytest.mark.parametrize("text", ["$(params.image)", "{{inputs.parameters.image}}", "${IMAGE}", "a:${TAG}"])
def test_at_138_an_image_chosen_elsewhere_is_a_problem(text: str) -> None:
    (use,) = find_images("a.yaml", f"apiVersion: x/v1\nkind: X\nspec: {{image: '{text}'}}")
    assert use.problem == "the image is filled in elsewhere"


def test_policies_hold_patterns_where_others_hold_images() -> None:
    text = "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nspec: {pattern: {containers: [{image: '%s'}]}}"
    assert [images(text % "{{ x }}"), images(text % "a/b@x"), images(text % "a:1")] == [[], [], ["a:1"]]


def test_at_124_both_readings_of_keys_that_differ_in_case_are_told_and_the_doubt() -> None:
    uses = find_images("a.yaml", "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: 'good:1', Image: 'evil:1'}]}")
    assert [(use.problem, str(use.name)) for use in uses] == [
        ("ambiguous: image and Image", "None"),
        (None, "docker.io/library/good"),
        (None, "docker.io/library/evil"),
    ]


def test_at_127_an_anchored_image_stands_where_it_is_used() -> None:
    text = "x-common: &x ghcr.io/acme/a:1\napiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: *x\n"
    assert lines(text) == [(1, "ghcr.io/acme/a:1"), (6, "ghcr.io/acme/a:1")]


def test_at_127_a_merged_image_is_found() -> None:
    text = "x: &x {image: 'a:1'}\napiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - {<<: *x, name: c}\n"
    assert images(text) == ["a:1", "a:1"]


MARKERS = [
    "deletionTimestamp: '2024-01-01T00:00:00Z'",
    "generateName: x",
    "uid: x",
    "finalizers: [x]",
    "labels: {verify: skip}",
    "labels: {assay: ignore}",
    "labels: {policy.sigstore.dev/include: 'false'}",
    "annotations: {verify: 'false'}",
    "annotations: {assay.dev/skip: 'true'}",
    "annotations: {kyverno.io/ignore: 'true'}",
    "annotations: {config.kubernetes.io/local-config: 'true'}",
    "annotations: {argocd.argoproj.io/hook: Skip}",
    "annotations: {helm.sh/hook: test}",
    "annotations: {kustomize.toolkit.fluxcd.io/reconcile: disabled}",
    "ownerReferences: [{kind: X}]",
    "managedFields: [{manager: x}]",
]


@pytest.mark.parametrize("marker", MARKERS)
def test_at_139_a_marker_in_the_metadata_changes_nothing(marker: str) -> None:
    assert images(POD.replace("metadata:", f"metadata:\n  {marker}")) == images(POD)


@pytest.mark.parametrize("comment", ["# verify: skip", "# assay:ignore", "# renovate: disabled", "# noqa", "# nosec"])
def test_at_139_a_comment_changes_nothing(comment: str) -> None:
    assert images(f"{comment}\n{POD.replace('image:', f'image: {comment}', 0)}") == images(POD)


@pytest.mark.parametrize("kind", ["Secret", "Policy", "Kustomization", "HelmRelease", "List", "PodList", "pod", ""])
def test_at_139_another_kind_hides_no_image(kind: str) -> None:
    assert images(POD.replace("kind: Pod", f"kind: '{kind}'")) == images(POD)


def test_a_line_that_moved_is_no_change() -> None:
    assert diff(find_images("a.yaml", POD), find_images("a.yaml", f"\n\n{POD}"), {}) == ()


def test_a_key_with_a_dot_is_quoted_in_the_field() -> None:
    assert fields('apiVersion: v1\nkind: X\ndata: {a.b: {"c\\"d": {image: "x:1"}}}') == [
        ('data["a.b"]["c\\"d"].image', "x:1")
    ]


@pytest.mark.parametrize("place", ["kind: Secret\ndata", "kind: ConfigMap\nbinaryData"])
def test_at_138_values_that_are_encoded_are_read_at_their_line(place: str) -> None:
    encoded = base64.b64encode(b"image:\n  repository: evil.io/x\n  tag: v1\n").decode()
    assert lines(f"apiVersion: v1\n{place}:\n  values.yaml: {encoded}\n") == [(4, "evil.io/x:v1")]


@pytest.mark.parametrize("data", ["{a: '%%%'}", "{a: gIGC}", "{a: [x]}", "x", "{a: 'ENC[AES256,data:x]'}"])
def test_what_is_not_encoded_text_is_none(data: str) -> None:
    assert lines(f"apiVersion: v1\nkind: Secret\ndata: {data}\n") == []
