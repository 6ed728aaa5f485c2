"""What every format that is no YAML holds to, whatever a file says."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Unreadable
from app.core.inventory import diff
from app.formats import TEXT_FORMATS, find_images, reads
from tests.formats.found import D, images, lines

PATHS = {
    "dockerfile": "Dockerfile",
    "quadlet": "a.container",
    "dotenv": ".env",
    "conf": "a.conf",
    "script": "a.sh",
    "terraform": "a.tf",
    "toml": "a.toml",
    "jsonnet": "a.jsonnet",
    "code": "a.ts",
}
OTHERS = ("a.py", "a.go", "a.rs", "a.nix", "a.lua", "a.bzl", "Jenkinsfile", "a.dhall", ".gitlab-ci.yml", "roles/a.yml")
ONE = {
    "Dockerfile": "FROM acme/a:1",
    "a.container": "Image=acme/a:1",
    ".env": "IMAGE=acme/a:1",
    "a.conf": "image=acme/a:1",
    "a.sh": "docker run acme/a:1",
    "a.tf": 'image = "acme/a:1"',
    "a.toml": 'image = "acme/a:1"',
    "a.jsonnet": "image: 'acme/a:1'",
    "a.ts": 'image: "acme/a:1"',
    ".gitlab-ci.yml": "image: acme/a:1",
    "roles/a.yml": "image: acme/a:1",
}


def test_every_text_format_has_its_example() -> None:
    assert sorted(PATHS) == sorted(found.NAME for found in TEXT_FORMATS)


@pytest.mark.parametrize("name", PATHS)
def test_a_use_says_its_format(name: str) -> None:
    assert [use.format for use in find_images(PATHS[name], ONE[PATHS[name]])] == [name]


@pytest.mark.parametrize("path", ONE)
def test_a_byte_order_mark_changes_nothing(path: str) -> None:
    assert lines(f"\ufeff{ONE[path]}\n", path) == [(1, "acme/a:1")]


@pytest.mark.parametrize("path", ONE)
def test_lines_may_end_in_carriage_returns(path: str) -> None:
    assert lines(f"\r\n{ONE[path]}\r\n\r\n", path) == [(2, "acme/a:1")]


@pytest.mark.parametrize("path", PATHS.values())
def test_lines_may_begin_with_tabs(path: str) -> None:
    assert lines(f"\n\t\t{ONE[path]}", path) == [(2, "acme/a:1")]


@pytest.mark.parametrize("path", PATHS.values())
def test_a_nul_character_is_unreadable(path: str) -> None:
    with pytest.raises(Unreadable, match="a NUL character") as caught:
        find_images(path, f"\n{ONE[path]}\0")
    assert caught.value.line == 2


@pytest.mark.parametrize("path", PATHS.values())
def test_at_140_a_line_of_50_megabytes_is_unreadable_at_once(path: str) -> None:
    text = "image=a/b:1 " * (50_000_000 // 12)
    began = time.process_time()
    with pytest.raises(Unreadable, match="larger than 1 MiB"):
        find_images(path, text)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "text", ["acme/a:1 ", " acme/a:1", "https://ghcr.io/a:1", "oci://ghcr.io/a:1", "u:p@ghcr.io/a:1", "ghcr.io./a:1"]
)
@pytest.mark.parametrize("path", ["a.tf", "a.jsonnet", "a.ts", "a.toml"])
def test_at_118_at_121_at_122_a_literal_is_never_trimmed_into_a_reference(path: str, text: str) -> None:
    assert images(f'image = "{text}"', path) == []


@pytest.mark.parametrize("path", ["a.tf", "a.jsonnet", "a.ts", "a.toml", ".env", "a.conf"])
def test_at_117_a_digest_that_is_none_makes_no_image(path: str) -> None:
    assert images(f'image = "acme/a:1@{D[:-1]}"', path) == []


@pytest.mark.parametrize("marker", ["verify: skip", "assay: ignore", "deletionTimestamp: x", "renovate: ignore"])
@pytest.mark.parametrize("path", ["a.sh", ".env", "a.tf", "a.py", "a.toml", "Dockerfile"])
def test_at_139_a_comment_exempts_no_image(path: str, marker: str) -> None:
    text = ONE.get(path, 'image = "acme/a:1"')
    assert images(f"# {marker}\n{text}\n# {marker}\n", path) == ["acme/a:1"]


@pytest.mark.parametrize("path", ["x/caf\u00e9.tf", "x/cafe\u0301.tf", "a\udc80.sh", "a\nb.env", "A.TF"])
def test_at_137_a_path_is_read_however_it_is_written(path: str) -> None:
    assert reads(path)


@pytest.mark.parametrize(
    "unit",
    [
        *('"', '\\"', "'", "`", "{}", "[a]\n", "<<A\n", "/*", "a=", "a ", "docker run ", "docker -a ", "\\\n", "x={"),
        *("|||", '"""', 'x="a/b:1"\n', "ARG a=$a$a\n", "# renovate: datasource=docker depName=a/b\nx=1\n", "{{a", "$("),
    ],
)
@pytest.mark.parametrize("path", PATHS.values())
def test_a_long_file_of_anything_is_read_in_one_pass(path: str, unit: str) -> None:
    text = unit * (60_000 // len(unit))
    began = time.process_time()
    with contextlib.suppress(Unreadable):
        find_images(path, text)
    assert time.process_time() - began < 4


WORDS = st.sampled_from(
    [
        *(
            "image",
            "IMAGE",
            "Image",
            "repository",
            "tag",
            "digest",
            "registry",
            "name",
            "FROM",
            "ARG",
            "COPY",
            "--from=",
        ),
        *("a/b:1", "ghcr.io/a/b:1", f"a/b@{D}", f"1.2@{D}", "1.10", "$X", "${X}", "{{ x }}", "docker run ", "<<EOT\n"),
        *("EOT", "# renovate: datasource=docker depName=a/b", "// renovate: datasource=docker", "[a]", "[[a]]", "\\\n"),
        *(
            '"',
            "'",
            "`",
            '"""',
            "|||",
            "{",
            "}",
            "[",
            "]",
            "(",
            ")",
            "=",
            ":",
            ":=",
            ",",
            ";",
            "?",
            "\n",
            "/*",
            "*/",
            " ",
        ),
        *("resource ", "docker_image", "script", "services", "variables", "- ", "  ", "\t", "\r\n", "#", "//", "--"),
    ]
)
TEXTS = st.text() | st.lists(WORDS, max_size=25).map("".join) | st.lists(WORDS, max_size=25).map(" ".join)
ANY_PATH = st.sampled_from([*PATHS.values(), *OTHERS])


@settings(max_examples=200, deadline=None)
@given(ANY_PATH, TEXTS)
def test_no_text_raises_anything_but_its_own_error(path: str, text: str) -> None:
    with contextlib.suppress(Unreadable):
        assert isinstance(find_images(path, text), tuple)


@settings(max_examples=200, deadline=None)
@given(ANY_PATH, TEXTS)
def test_every_use_stands_on_lines_of_the_text(path: str, text: str) -> None:
    with contextlib.suppress(Unreadable):
        last = text.count("\n") + 1
        assert all({use.line, *use.lines} <= set(range(1, last + 1)) for use in find_images(path, text))


@settings(max_examples=100, deadline=None)
@given(ANY_PATH, TEXTS)
def test_a_use_has_either_a_problem_or_an_image(path: str, text: str) -> None:
    with contextlib.suppress(Unreadable):
        for use in find_images(path, text):
            assert (use.problem is None) == any((use.name, use.tag, use.digest))


@settings(max_examples=100, deadline=None)
@given(ANY_PATH, TEXTS)
def test_a_text_does_not_differ_from_itself(path: str, text: str) -> None:
    with contextlib.suppress(Unreadable):
        assert diff(find_images(path, text), find_images(path, text), {}) == ()
