"""The pages under docs/ name everything that there is, their links lead somewhere, and their schemas are schemas."""

from __future__ import annotations

import importlib.util
import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import jsonschema_rs
import pytest
from markdown_it import MarkdownIt

from app.cli import main
from app.cli.planned import PLANNED
from app.formats import FORMATS, TEXT_FORMATS, template
from app.policy.reviews import REVIEW_RULES
from app.policy.rules import RULES
from app.predicates import PREDICATES
from tests.conftest import ROOT

DOCS = ROOT / "docs"
PAGES = sorted({*ROOT.glob("*.md"), *DOCS.rglob("*.md")})
SCHEMAS = sorted((DOCS / "schemas").glob("*.json"))
RULE_HEADINGS = {
    "required_signature": "signature",
    "required_attestation": "attestations",
    "limit": "limits",
    "no_regression": "no-regression",
    "signer_change": "Another signer",
    "pinned_by_digest": "pinned",
    "image_limit": "limits",
    "bound_repository": "bind-repository",
    "tag_mismatch": "tag-mismatch",
    "downgrade": "downgrade",
    "moved": "moved",
}
REVIEW_HEADINGS = {
    "always_governed": "Always governed",
    "path_approval": "reviews",
    "finding_approval": "Findings that ask for a person",
}
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _module_name(rule: object) -> str:
    return str(rule.__module__).rpartition(".")[2]


def _text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def _headings(text: str) -> list[str]:
    tokens = MarkdownIt().parse(text)
    return [after.content for token, after in itertools.pairwise(tokens) if token.type == "heading_open"]


def _anchor(heading: str) -> str:
    """Name a heading as GitHub's pages do."""
    kept = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
    return kept.replace(" ", "-")


def _anchors(page: Path) -> set[str]:
    return {_anchor(heading) for heading in _headings(page.read_text(encoding="utf-8"))}


def _links(text: str) -> list[str]:
    found: list[str] = []
    for token in MarkdownIt().parse(text):
        for child in token.children or ():
            found += [str(value) for name, value in child.attrs.items() if name in {"href", "src"}]
    return found


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", sorted({*(one.NAME for one in (*FORMATS, *TEXT_FORMATS, template))}))
def test_every_format_has_its_heading(name: str) -> None:
    assert name in _headings(_text("formats.md"))


@pytest.mark.parametrize("predicate", PREDICATES, ids=lambda one: str(one.__name__).rpartition(".")[2])
def test_every_predicate_has_its_heading_and_its_measures_are_named(predicate: ModuleType) -> None:
    page = _text("predicates.md")
    section = re.search(
        rf"^## {predicate.__name__.rpartition('.')[2]}$(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL
    )
    assert section is not None


@pytest.mark.parametrize("uri", sorted({uri for one in PREDICATES for uri in one.TYPES if uri.startswith("https")}))
def test_every_predicate_type_is_named(uri: str) -> None:
    page = _text("predicates.md")
    family, _, version = uri.rpartition("/")
    named = uri in page or (family == "https://cyclonedx.org/bom" and "v1.2` to `v1.7" in page and version <= "v1.7")
    assert named


@pytest.mark.parametrize("rule", RULES, ids=_module_name)
def test_every_rule_has_its_heading(rule: object) -> None:
    assert RULE_HEADINGS[_module_name(rule)] in _headings(_text("policy.md"))


@pytest.mark.parametrize("rule", REVIEW_RULES, ids=lambda one: one.__name__)
def test_every_review_rule_has_its_heading(rule: Callable[..., object]) -> None:
    assert REVIEW_HEADINGS[rule.__name__.strip("_")] in _headings(_text("policy.md"))


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_has_its_heading(command: str) -> None:
    assert command in _headings(_text("cli.md"))


def test_the_help_texts_are_those_of_the_commands() -> None:
    page = _text("cli.md")
    assert _module(DOCS / "generate.py").with_help(page) == page, "run `make docs`"


def test_every_command_has_its_place_for_help() -> None:
    assert set(re.findall(r"<!-- help: ?([a-z]*) -->", _text("cli.md"))) == {"", *main.commands}


def test_the_readme_names_every_command() -> None:
    works = next(line for line in README.splitlines() if line.startswith("| `assay check`"))
    planned = next(line for line in README.splitlines() if "planned: they exit 2" in line)
    named = [set(re.findall(r"[a-z]+", re.sub(r"`assay ", "`", line.split("|")[1]))) for line in (works, planned)]
    assert (named[0], named[1] - {"verify"}) == (set(main.commands) - set(PLANNED), set(PLANNED))


def test_the_commands_that_the_readme_shows_exist() -> None:
    shown = re.findall(r"^\./assay ([a-z]+)", README, re.MULTILINE)
    assert shown != []
    assert set(shown) <= set(main.commands)


@pytest.mark.parametrize("target", sorted({*re.findall(r"(?:`|^)make ([a-z]+)", README, re.MULTILINE), "docs"}))
def test_the_make_targets_that_are_shown_exist(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE) is not None


@pytest.mark.parametrize("page", PAGES, ids=lambda one: str(one.relative_to(ROOT)))
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    broken = []
    for link in _links(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda one: one.stem)
def test_every_schema_is_one_of_2020_12(schema: Path) -> None:
    document = json.loads(schema.read_text(encoding="utf-8"))
    jsonschema_rs.meta.validate(document)
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda one: one.stem)
def test_every_schema_names_itself(schema: Path) -> None:
    assert json.loads(schema.read_text(encoding="utf-8"))["$id"].endswith(f"/{schema.name}")
