"""What is planned: form in, plan or problems out; and the manifest that is made of it."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.bootstrap.paging import CALLBACK as SIGNED_IN
from app.bootstrap.setting_up import manifest
from app.web.setup.plan import DOTCOM, Answers, Place, Plan, manifest_of, suggested

GOOD = {"where": "dotcom", "organisation": "acme", "public_url": "https://assay.acme.example"}
ENTERPRISE = Place("https://github.acme.example", "https://github.acme.example/api/v3")


def plan(**fields: str) -> Plan | dict[str, str]:
    return Answers.of({**GOOD, **fields}).plan()


def test_github_com_has_its_api_elsewhere() -> None:
    assert plan() == Plan(DOTCOM, "acme", "https://assay.acme.example")


def test_an_enterprise_server_has_its_api_below_itself() -> None:
    assert plan(where="server", server="https://GitHub.acme.example/") == Plan(
        ENTERPRISE, "acme", "https://assay.acme.example"
    )


def test_without_an_organisation_it_is_the_persons_own() -> None:
    made = plan(organisation=" ")
    assert isinstance(made, Plan)
    assert made.register("s") == "https://github.com/settings/apps/new?state=s"


def test_an_organisations_app_is_made_on_its_own_page() -> None:
    made = plan()
    assert isinstance(made, Plan)
    assert made.register("a b") == "https://github.com/organizations/acme/settings/apps/new?state=a%20b"


@pytest.mark.parametrize(
    "server",
    [
        *("", "http://github.acme.example", "https://github.acme.example/x", "https://user@github.acme.example"),
        *(
            "https://github.com",
            "https://api.github.com",
            "javascript:alert(1)",
            "https://github.acme.example; script-src *",
        ),
        *("https://a\r\nx: y", "https://github.acme.example?x", "//github.acme.example", "https://ünicode.example"),
    ],
)
def test_a_server_that_is_none_is_refused(server: str) -> None:
    assert list(plan(where="server", server=server)) == ["server"]


@pytest.mark.parametrize("name", ["../x", "a/b", "a?b", "-a", "a" * 40, "a b", "é", "a%2fb", "<b>", 'a"b'])
def test_an_organisation_that_is_none_is_refused(name: str) -> None:
    assert list(plan(organisation=name)) == ["organisation"]


@pytest.mark.parametrize(
    "address", ["", "assay.acme.example", "http://assay.acme.example", "https://x/y", "https://x;y"]
)
def test_a_public_address_that_is_none_is_refused(address: str) -> None:
    assert list(plan(public_url=address)) == ["public_url"]


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert sorted(plan(where="server", organisation="/", public_url="x")) == ["organisation", "public_url", "server"]


def test_where_the_operator_names_a_github_there_is_no_other() -> None:
    made = Answers.of({**GOOD, "where": "server", "server": "https://evil.example"}).plan(ENTERPRISE)
    assert isinstance(made, Plan)
    assert made.place == ENTERPRISE


@settings(deadline=None, max_examples=150)
@given(st.dictionaries(st.sampled_from(["where", "server", "organisation", "public_url"]), st.text(max_size=80)))
def test_whatever_stands_in_the_form_a_plan_or_problems_come_of_it(form: dict[str, str]) -> None:
    made = Answers.of(form).plan()
    assert made if isinstance(made, dict) else urlsplit(made.register("s")).path.endswith("/settings/apps/new")


@pytest.mark.parametrize(
    ("host", "suggestion"),
    [
        ("assay.acme.example", "https://assay.acme.example"),
        ("assay.acme.example:8443", "https://assay.acme.example:8443"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
        ("localhost", "http://localhost"),
        ("", ""),
        ("evil.example/x", ""),
        ("user@evil.example", ""),
        ('"><script>', ""),
        ("a b", ""),
        ("evil.example:port", ""),
    ],
)
def test_a_host_header_only_suggests(host: str, suggestion: str) -> None:
    assert suggested(host) == suggestion


def made(organisation: str | None = "acme") -> dict[str, object]:
    text = manifest_of(manifest(), Plan(DOTCOM, organisation, "https://assay.acme.example"), "0a1b2c")
    read: dict[str, object] = json.loads(text)
    return read


def test_the_manifest_asks_for_what_app_yml_says() -> None:
    sent = made()
    assert [sent[key] for key in ("default_permissions", "default_events")] == [
        manifest()[key] for key in ("default_permissions", "default_events")
    ]


def test_every_address_of_the_manifest_is_this_servers() -> None:
    sent = json.dumps(made())
    hosts = {part.partition("/")[0].partition('"')[0] for part in sent.split("https://")[1:]}
    assert hosts == {"assay.acme.example"}


def test_people_are_sent_back_to_where_they_are_waited_for() -> None:
    assert made()["callback_urls"] == [f"https://assay.acme.example{SIGNED_IN}"]


def test_the_app_is_not_for_others() -> None:
    assert made()["public"] is False


@pytest.mark.parametrize(
    ("organisation", "name"), [("Acme", "assay-acme"), (None, "assay-0a1b2c"), ("a" * 39, "assay-" + "a" * 28)]
)
def test_the_app_has_a_name_that_is_likely_to_be_free(organisation: str | None, name: str) -> None:
    assert made(organisation)["name"] == name


def test_an_address_of_this_machine_cannot_be_reached_from_github_com() -> None:
    assert Plan(DOTCOM, None, "http://127.0.0.1:8000").unreachable
    assert not Plan(Place("http://127.0.0.1:9", "http://127.0.0.1:9"), None, "http://127.0.0.1:8000").unreachable


def test_the_state_is_one_part_of_the_address() -> None:
    target = Plan(DOTCOM, None, "https://x.example").register("a&b=c#d")
    assert parse_qs(urlsplit(target).query) == {"state": ["a&b=c#d"]}
