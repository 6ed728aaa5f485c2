"""GitHub's own files, and that the checks made of them find what is wrong."""

from __future__ import annotations

import copy
import json
from collections import Counter
from typing import Any

import pytest

from tests.fakes.github import contracts
from tests.fakes.github.skeleton import Skeleton

# Recorded between 2019 and 2022; the times of installations were numbers then.
KNOWN_MISFITS = Counter({"installation": 5, "installation_repositories": 3})


def recorded() -> list[tuple[str, dict[str, Any]]]:
    examples = json.loads(contracts.text("webhook-examples.json"))
    return [(kind["name"], payload) for kind in examples for payload in kind["examples"]]


@pytest.mark.parametrize("name", [contracts.DOTCOM, contracts.ENTERPRISE])
def test_a_contract_holds_sixty_operations(name: str) -> None:
    document = json.loads(contracts.text(f"{name}.json"))
    assert sum(len(methods) for methods in document["paths"].values()) == 60


def test_the_skeleton_of_every_rest_schema_is_valid() -> None:
    contract = contracts.rest()
    skeleton = Skeleton(contract.schemas)
    wrong = {}
    for name, schema in contract.schemas.items():
        validator = contract.validator((name,), schema)
        wrong[name] = contracts.complaints(validator, skeleton.complete(schema))
    assert {name: said for name, said in wrong.items() if said} == {}


def test_a_recorded_payload_completed_by_the_skeleton_satisfies_the_newest_contract() -> None:
    contract = contracts.webhooks()
    skeleton = Skeleton(contract.schemas)
    misfits: Counter[str] = Counter()
    for event, payload in recorded():
        name = contract.schema_name(event, payload.get("action"))
        if name and contract.problems(name, skeleton.named(name, payload)):
            misfits[event] += 1
    assert misfits == KNOWN_MISFITS


def test_a_recorded_payload_alone_often_lacks_what_is_promised_now() -> None:
    contract = contracts.webhooks()
    names = [(contract.schema_name(event, payload.get("action")), payload) for event, payload in recorded()]
    valid = [not contract.problems(name, payload) for name, payload in names if name]
    assert (sum(valid), len(valid)) == (62, 106)


@pytest.mark.parametrize(
    ("path", "template", "key", "value"),
    [
        ("/repos/a/b/contents/x/y.yaml", "/repos/{owner}/{repo}/contents/{path}", "path", "x/y.yaml"),
        ("/repos/a/b/compare/main...o:f/x", "/repos/{owner}/{repo}/compare/{basehead}", "basehead", "main...o:f/x"),
        ("/repos/a/b/commits/f/x/status", "/repos/{owner}/{repo}/commits/{ref}/status", "ref", "f/x"),
        ("/repos/a/b/git/ref/heads/f/x", "/repos/{owner}/{repo}/git/ref/{ref}", "ref", "heads/f/x"),
    ],
)
def test_a_path_with_slashes_finds_its_operation(path: str, template: str, key: str, value: str) -> None:
    found = contracts.rest().match("GET", path)
    assert found
    assert (found.template, found.params[key]) == (template, value)


STATUS = contracts.Operation("POST", "/repos/{owner}/{repo}/statuses/{sha}", {})
PULLS = contracts.Operation("GET", "/repos/{owner}/{repo}/pulls", {})


@pytest.mark.parametrize(
    ("operation", "query", "body", "said"),
    [
        (STATUS, {}, {"state": "neutral"}, "neutral"),
        (STATUS, {}, {"state": "success", "descripton": "x"}, "undeclared body key 'descripton'"),
        (STATUS, {}, None, "body missing"),
        (PULLS, {"per_page": "101"}, None, "per_page=101"),
        (PULLS, {"perpage": "5"}, None, "unknown query key 'perpage'"),
        (PULLS, {"page": "x"}, None, "no number"),
        (PULLS, {"state": "merged"}, None, "merged"),
        (PULLS, {}, {"a": 1}, "a body where none is declared"),
    ],
)
def test_a_request_that_the_contract_does_not_allow_is_found(
    operation: contracts.Operation, query: dict[str, str], body: object, said: str
) -> None:
    assert said in " ".join(contracts.rest().request_problems(operation, query, body))


def test_a_deleted_fork_may_be_null_though_the_specification_says_otherwise() -> None:
    contract = contracts.rest()
    body = Skeleton(contract.schemas).named("pull-request", {"head": {"ref": "x", "sha": "y", "repo": None}})
    operation = contracts.Operation("GET", "/repos/{owner}/{repo}/pulls/{pull_number}", {})
    assert contract.answer_problems(operation, 200, body) == []


def test_a_mutated_answer_is_caught() -> None:
    contract = contracts.rest()
    whole = Skeleton(contract.schemas).named("pull-request", {})
    operation = contracts.Operation("GET", "/repos/{owner}/{repo}/pulls/{pull_number}", {})
    missed = []
    for key in whole:
        for change in ("drop", "retype"):
            mutated = copy.deepcopy(whole)
            if change == "drop":
                del mutated[key]
            else:
                mutated[key] = [["wrong"]]
            if not contract.answer_problems(operation, 200, mutated):
                missed.append((key, change))
    assert missed == []


def test_an_undocumented_error_is_held_against_the_basic_error() -> None:
    assert contracts.rest().answer_problems(STATUS, 422, {"message": 5}) != []
