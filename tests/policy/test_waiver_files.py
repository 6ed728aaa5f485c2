"""The reader of waiver files: what it accepts, what it refuses, where, and that the published schema says the same."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import yaml
from app.core.tree import File
from app.policy import Policy
from app.policy.waivers import FOLDER, is_waiver, read_trivyignore, read_waiver, waiver_paths
from tests.policy.test_policy_reading import plain

ROOT = Path(__file__).parents[2]
SCHEMA = jsonschema_rs.validator_for(json.loads((ROOT / "docs/schemas/waiver-v1.json").read_text(encoding="utf-8")))
PAGE = (ROOT / "docs/waivers.md").read_text(encoding="utf-8")
PATH = f"{FOLDER}/one.yml"
DIGEST = "sha256:" + "a" * 64
SOUND = "version: 1\nowner: alice\nreason: it is so\nticket: SEC-1\nexpires: 2026-12-31\n"
SCOPE = "scope: {vulnerabilities: [CVE-2026-1]}\n"
VALID = [
    SOUND + SCOPE,
    SOUND + 'scope: {images: ["ghcr.io/acme/**"], packages: ["pkg:deb/debian/openssl@3"]}',
    SOUND + f'scope: {{digests: ["{DIGEST}"], rules: [signature, "limits vulnerabilities.critical"]}}',
    SOUND + f'scope: {{digests: ["{DIGEST}"], rules: ["attestations slsa-provenance", "limits image.size"]}}',
    SOUND + f'scope: {{digests: ["{DIGEST}"], rules: ["limits custom.score"]}}',
    SOUND + "not-before: 2026-12-01T00:00:00+02:00\n" + SCOPE,
    SOUND.replace("2026-12-31", "2026-12-31T12:00:00.5Z") + SCOPE,
    SOUND.replace("it is so", ">\n  a reason\n  of two lines") + SCOPE,
]
# Text, line, words, and whether a JSON Schema can see the fault.
WRONG = [
    ("", 1, "the file is empty", False),
    ("a: [", 2, "cannot be read", False),
    ("- a\n", 1, "a waiver must be a mapping", True),
    (SOUND + SCOPE + "---\na: 1\n", 8, "more than one document", False),
    (SOUND.replace("version: 1", "version: 2") + SCOPE, 1, "version must be there and be 1", True),
    (SOUND.replace("version: 1\n", "") + SCOPE, 1, "version must be there and be 1", True),
    (SOUND.replace("owner: alice\n", "") + SCOPE, 1, "a waiver needs owner", True),
    (SOUND.replace("expires: 2026-12-31\n", "") + SCOPE, 1, "a waiver needs expires", True),
    (SOUND, 1, "a waiver needs scope", True),
    (SOUND + SCOPE + "until: x\n", 7, "unknown key `until`", True),
    (SOUND.replace("SEC-1", "1234") + SCOPE, 4, "ticket must be a text: put it in quotes", True),
    (SOUND.replace("it is so", "[a]") + SCOPE, 3, "reason must be a text", True),
    (SOUND.replace("2026-12-31", "2026-13-31") + SCOPE, 5, "expires must be a day", False),
    (SOUND.replace("2026-12-31", "9999-12-31") + SCOPE, 5, "expires must be a day", False),
    (SOUND.replace("2026-12-31", "2026-12-31T12:00:00") + SCOPE, 5, "expires must be a day", True),
    (SOUND.replace("2026-12-31", "0001-01-01T00:00:00+23:00") + SCOPE, 5, "expires must be a day", False),
    (SOUND.replace("2026-12-31", "[]") + SCOPE, 5, "expires must be a text", True),
    (SOUND + "not-before: 2027-01-01\n" + SCOPE, 6, "not-before must be earlier than expires", False),
    (SOUND + "scope: all\n", 6, "scope must be a mapping", True),
    (SOUND + "scope: {}\n", 6, "scope must name images or digests", True),
    (SOUND + f'scope: {{digests: ["{DIGEST}"]}}\n', 6, "scope must say what is waived", True),
    (SOUND + "scope: {rules: [signature]}\n", 6, "scope must name images or digests", True),
    (SOUND + 'scope: {packages: ["pkg:npm/a"]}\n', 6, "scope must name images or digests", True),
    (SOUND + "scope: {vulnerabilities: [CVE-1-1], rules: [pinned]}\n", 6, "both rules and vulnerabilities", True),
    (SOUND + "scope: {vulnerabilities: []}\n", 6, "vulnerabilities is empty", True),
    (SOUND + "scope: {vulnerabilities: [everything]}\n", 6, "is no identifier", True),
    (SOUND + "scope: {vulnerabilities: [CVE-*]}\n", 6, "is no identifier", True),
    (SOUND + "scope: {vulnerabilities: [CVE-1-1], packages: [openssl]}\n", 6, "is no package URL", True),
    (SOUND + "scope: {rules: [pinned], digests: [sha256:abc]}\n", 6, "64 lower-case hexadecimal", True),
    (SOUND + 'scope: {rules: [pinned], images: ["**"]}\n', 6, "must begin with a registry, as a whole", True),
    (SOUND + 'scope: {rules: [pinned], images: ["*.gcr.io/a"]}\n', 6, "must begin with a registry, as a whole", True),
    (SOUND + "scope: {rules: [pinned], images: [nginx]}\n", 6, "must begin with the registry", True),
    (SOUND + f'scope: {{rules: [all], digests: ["{DIGEST}"]}}\n', 6, "is no rule that can be waived", True),
    (SOUND + f'scope: {{rules: ["limits x"], digests: ["{DIGEST}"]}}\n', 6, "is no rule that can be waived", False),
    (SOUND + f'scope: {{rules: ["attestations x"], digests: ["{DIGEST}"]}}\n', 6, "is no rule", False),
    (SOUND + "x" * 40_000, 0, "larger than 32 KiB", False),
]


@pytest.mark.parametrize("written", VALID)
def test_a_valid_waiver_has_no_fault(written: str) -> None:
    waiver, errors = read_waiver(File(PATH, written))
    assert (waiver is not None, errors) == (True, ())


@pytest.mark.parametrize(("written", "line", "words"), [wrong[:3] for wrong in WRONG])
def test_a_fault_of_a_waiver_is_said_with_its_line(written: str, line: int, words: str) -> None:
    waiver, errors = read_waiver(File(PATH, written))
    assert waiver is None
    assert [(error.path, error.line or 0) for error in errors if words in error.sentence] == [(PATH, line)]


@pytest.mark.parametrize("written", VALID)
def test_the_schema_accepts_every_valid_waiver(written: str) -> None:
    assert [str(error) for error in SCHEMA.iter_errors(plain(yaml.read(written)[0]))] == []


@pytest.mark.parametrize("written", [wrong[0] for wrong in WRONG if wrong[3]])
def test_the_schema_refuses_what_it_can_see(written: str) -> None:
    assert not SCHEMA.is_valid(plain(yaml.read(written)[0]))


def test_the_example_of_the_page_is_valid() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert read_waiver(File(PATH, example))[1] == ()


@pytest.mark.parametrize("key", ["version", "expires", "not-before", "scope", "owner", "packages", "rules", "digests"])
def test_every_key_of_a_waiver_has_its_heading(key: str) -> None:
    headings = {word for line in re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE) for word in line.split(", ")}
    assert key in headings


def test_a_reason_of_several_lines_is_shown_as_one() -> None:
    waiver, _ = read_waiver(File(PATH, VALID[-1]))
    assert waiver is not None
    assert waiver.reason == "a reason of two lines"


@given(st.text(max_size=60) | st.sampled_from([wrong[0] for wrong in WRONG]))
@settings(max_examples=150, deadline=None)
def test_no_text_makes_the_readers_fail(written: str) -> None:
    for file in (File(PATH, written), File(PATH, SOUND + written), File(PATH, None, "binary")):
        waiver, errors = read_waiver(file)
        assert (waiver is None) is bool(errors)
        read_trivyignore(file)


@pytest.mark.parametrize("path", [f"{FOLDER}/a.yml", f"{FOLDER}/deep/b.YAML"])
def test_yaml_files_of_the_folder_are_waivers(path: str) -> None:
    assert is_waiver(path)


@pytest.mark.parametrize("path", [f"{FOLDER}/README.md", ".github/assay/a.yml", ".github/assay/waivers.yml", "a.yml"])
def test_other_files_are_none(path: str) -> None:
    assert not is_waiver(path)


@pytest.mark.parametrize(
    ("count", "whole", "why"), [(200, True, ""), (201, True, "more than 200"), (1, False, "whole")]
)
def test_waivers_are_read_up_to_a_number_and_what_is_missing_is_said(count: int, whole: bool, why: str) -> None:  # noqa: FBT001 - a table
    paths, unread = waiver_paths([f"{FOLDER}/{number:03}.yml" for number in range(count)], whole=whole)
    assert (len(paths), why in unread, bool(unread)) == (min(count, 200), True, bool(why))


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ("waivers: true", "waivers must be a mapping"),
        ("waivers: {max-days: 0}", "max-days must be a whole number from 1 to 3650"),
        ("waivers: {allow: yes}", "allow of waivers must be true or false"),
        ("waivers: {until: 1}", "unknown key `until`"),
    ],
)
def test_terms_that_make_no_sense_are_faults(terms: str, words: str) -> None:
    (error,) = Policy.errors(f"version: 1\n{terms}\n", None)
    assert error.startswith(".github/assay.yml:2: ")
    assert words in error


def test_a_floor_has_no_ignore_file_read() -> None:
    (error,) = Policy.errors("version: 1\nwaivers: {trivyignore: true}\n", None, floor=True)
    assert "unknown key `trivyignore`" in error


@pytest.mark.parametrize(
    ("text", "allow", "trivyignore"),
    [
        (None, None, False),
        ("nonsense", None, False),
        ("version: 1\nwaivers: {allow: false, trivyignore: true}\n", False, True),
    ],
)
def test_what_a_text_says_of_waivers_can_be_asked_before_it_is_judged(
    text: str | None,
    allow: bool | None,  # noqa: FBT001 - a table
    trivyignore: bool,  # noqa: FBT001 - a table
) -> None:
    terms = Policy.heeds(text)
    assert (terms.allow, terms.trivyignore) == (allow, trivyignore)
