"""Values that end in images, read off templates: text in, paths out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Unreadable
from app.formats.chart_values import changed_values, image_values, is_values, part_of


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('  image: "{{ .Values.host }}/{{ .Values.img.app }}:v{{ .Values.img.rel }}"', {"host", "img.app", "img.rel"}),
        ("- image: {{ $.Values.api.image | quote }}", {"api.image"}),
        ("  initImage: {{ .Values.init }}", {"init"}),
        (
            'image: {{ include "x.image" . }}\n{{- define "x.image" -}}\n{{ .Values.a }}:{{ .Values.b }}\n{{- end }}',
            {"a", "b"},
        ),
        ('{{- define "x.labels" -}}\nversion: {{ .Values.version }}\n{{- end }}', set()),
        ("imagePullPolicy: {{ .Values.policy }}\nreplicas: {{ .Values.replicas }}", set()),
        ("image: nginx:1", set()),
    ],
)
def test_the_values_in_lines_of_images_are_named(template: str, expected: set[str]) -> None:
    assert image_values([template]) == expected


def test_changed_values_are_told_with_their_lines() -> None:
    assert changed_values("a: {b: 1}\nc: [x, y]\nd: 1\n", "a: {b: 2}\nc: [x, z]\nd: 1\ne: new\n") == {
        "a.b": 1,
        "c.1": 2,
        "e": 4,
    }


@pytest.mark.parametrize(
    ("path", "values", "expected"),
    [
        ("img.rel", ["img.rel"], True),
        ("img.rel", ["img"], True),
        ("img.rel", ["img.re"], False),
        ("image.pullPolicy", ["image"], False),
        ("image", [], False),
    ],
)
def test_a_value_is_part_of_a_group_that_a_template_takes(path: str, values: list[str], *, expected: bool) -> None:
    assert part_of(path, values) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [("c/values.yaml", True), ("values-prod.yml", True), ("c/values.txt", False), ("a.yaml", False)],
)
def test_values_files_are_known_by_their_name(path: str, *, expected: bool) -> None:
    assert is_values(path) is expected


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_raises_anything_but_unreadable(before: str, after: str) -> None:
    image_values([before, after])
    try:
        changed_values(before, after)
    except Unreadable:
        return
