"""Values of a vendored chart that move an image without naming it, and what it costs to see that."""

from __future__ import annotations

from app.jobs.changes import read_changes
from tests.jobs.test_rendered_changes import BASE, HEAD, Renderer, Repository, pod

TEMPLATE = 'spec:\n  containers:\n  - image: "{{ .Values.img.host }}/{{ .Values.img.app }}:v{{ .Values.img.rel }}"\n'


def chart(values: str, template: str = TEMPLATE) -> dict[str, str]:
    return {"api/Chart.yaml": "name: api\n", "api/templates/pod.yaml": template, "api/values.yaml": values}


def values(rel: str, replicas: str = "1") -> str:
    return f"img:\n  host: ghcr.io/acme\n  app: api\n  rel: '{rel}'\nreplicas: {replicas}\n"


def sources(before: dict[str, str], after: dict[str, str]) -> list[tuple[str, int, str]]:
    repository = Repository(before, after)
    found = read_changes(repository, repository.changed(), (BASE, HEAD)).sources
    return [(place.path, place.line, place.reason.partition(":")[0]) for place in found]


def test_a_value_that_ends_in_an_image_is_a_source_that_is_not_seen() -> None:
    assert sources(chart(values("1")), chart(values("2"))) == [("api/values.yaml", 4, "img.rel")]


def test_several_such_values_are_one_place() -> None:
    other = values("2").replace("app: api", "app: web")
    assert sources(chart(values("1")), chart(other)) == [("api/values.yaml", 3, "img.app (and of 1 more)")]


def test_a_value_that_ends_in_no_image_is_no_news() -> None:
    assert sources(chart(values("1")), chart(values("1", "2"))) == []


def test_a_value_that_is_an_image_already_is_judged_and_not_told() -> None:
    template = 'image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"\n'
    image = "image:\n  repository: ghcr.io/acme/api\n  tag: {}\n"
    assert sources(chart(image.format("1.0"), template), chart(image.format("1.1"), template)) == []


def test_values_without_a_chart_beside_them_are_no_news() -> None:
    assert sources({"values.yaml": values("1")}, {"values.yaml": values("2")}) == []


def test_values_that_are_no_yaml_are_told_as_unreadable_only() -> None:
    assert sources(chart(values("1")), chart("a: [")) == []


def test_values_that_cannot_be_read_are_passed_over() -> None:
    assert sources(chart(values("1")), chart("link")) == []


def test_new_values_are_passed_over() -> None:
    assert sources({}, chart(values("1"))) == []


def test_a_repository_that_does_not_answer_costs_the_sentence_only() -> None:
    repository = Repository(chart(values("1")), chart(values("2")), down=True)
    assert read_changes(repository, repository.changed(), (BASE, HEAD)).sources == ()


def test_a_chart_that_was_rendered_is_seen() -> None:
    repository = Repository(chart(values("1")), chart(values("2")))
    renderer = Renderer(lambda _tool, _folder, files: pod(f"a/b:{files['api/values.yaml'].split()[-3].strip(chr(39))}"))
    changes = read_changes(repository, repository.changed(), (BASE, HEAD), renderer)
    assert changes.sources == ()
    assert len(changes.images) == 1


def test_a_chart_that_could_not_be_rendered_is_told() -> None:
    repository = Repository(chart(values("1")), chart(values("2")))
    changes = read_changes(repository, repository.changed(), (BASE, HEAD), Renderer(lambda *_: "!no"))
    assert [place.path for place in changes.sources] == ["api/values.yaml"]
