"""From a registered App to a first policy: who sees the pages, and what they propose."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, abort
from werkzeug.test import TestResponse

from app.bootstrap.starting import Starting, starting
from app.core.sweep import RepositoryRef
from app.policy import Policy
from app.settings import Settings, read
from app.web.server import guard as guarded
from app.web.setup.start_pages import Guard, start_pages
from app.web.setup.welcome import COOKIE, welcome
from app.web.shell import shell
from tests.fakes.github import Fault, GitHub
from tests.fakes.registry import FakeRegistry
from tests.fakes.sigstore import PrivateSigstore

ISSUER = "https://token.actions.githubusercontent.com"
IDENTITY = "https://github.com/acme/images/.github/workflows/release.yml@refs/tags/v1.0.0"
KYVERNO = """\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: signed}
spec: {validationFailureAction: Enforce, rules: []}
"""
HOUR = timedelta(hours=1)


@dataclass
class Door:
    """A guard that counts, and lets in what a test says."""

    readable: frozenset[int] = frozenset()
    operates: bool = False
    signed_in: bool = False

    def operator(self) -> None:
        if not self.operates:
            abort(404)

    def somebody(self) -> None:
        if not self.signed_in:
            abort(401)

    def reader(self, repository: RepositoryRef) -> None:
        if repository.id not in self.readable:
            abort(404)


@dataclass
class World:
    github: GitHub
    registry: FakeRegistry
    sigstore: PrivateSigstore
    settings: Settings
    opened: list[Starting] = field(default_factory=list)

    def app(self, guard: Guard | None = None) -> Flask:
        app = Flask("assay", static_folder=None)
        app.register_blueprint(shell())
        self.opened.append(starting(self.settings))
        app.register_blueprint(start_pages(self.opened[-1], guard))
        guarded(app)
        return app

    def see(self, path: str, *, guard: Guard | None = None, cookie: str | None = None) -> TestResponse:
        return self.app(guard).test_client(use_cookies=False).get(path, headers={"Cookie": f"{COOKIE}={cookie or ''}"})

    def registering(self, path: str) -> TestResponse:
        """See a page in the browser that registered the App."""
        registered_at = self.settings.registered_at
        assert registered_at is not None
        return self.see(path, cookie=welcome(self.settings.app().private_key, registered_at))

    def repository(self, files: dict[str, str]) -> str:
        repository = self.github.repository("acme/gitops")
        repository.commit("main", files, author="dana")
        return f"/start/{repository.id}"

    def image(self, name: str, *, signed: bool = False) -> str:
        digest = self.registry.put_image(name, "1.0", seed=name)
        place = f"{self.registry.host}/{name}"
        if signed:
            bundle = self.sigstore.sign(digest, place, self.sigstore.signer(IDENTITY, ISSUER))
            self.registry.attach(bundle, name)
        return f"{place}:1.0@{digest}"


def pod(*images: str) -> str:
    containers = "".join(f"    - name: c{number}\n      image: {image}\n" for number, image in enumerate(images))
    return f"apiVersion: v1\nkind: Pod\nmetadata:\n  name: api\nspec:\n  containers:\n{containers}"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    now = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - real certificates have real times
    sigstore = PrivateSigstore(now=now - timedelta(minutes=10))
    (tmp_path / "root.json").write_bytes(sigstore.trusted_root_json())
    with GitHub() as github, FakeRegistry() as registry:
        github.organization("acme", members=["dana"])
        settings = read(
            {
                "ASSAY_APP_ID": str(github.app.id),
                "ASSAY_PRIVATE_KEY": github.private_key_pem,
                "ASSAY_WEBHOOK_SECRET": github.hook.secret,
                "ASSAY_GITHUB_URL": github.url,
                "ASSAY_TRUSTED_ROOT": str(tmp_path / "root.json"),
                "ASSAY_ALLOWED_PRIVATE_REGISTRIES": registry.host,
            }
        )
        world = World(github, registry, sigstore, replace(settings, slug="assay", registered_at=now - HOUR / 2))
        yield world
        for one in world.opened:
            one.close()
        assert github.violations == []


def proposed(page: TestResponse) -> str:
    return html.unescape(re.findall(r"<pre><code>(.*?)</code></pre>", page.text, re.DOTALL)[0])


def link(page: TestResponse) -> str:
    return html.unescape(re.findall(r'class="button" href="([^"]+)"', page.text)[0])


def test_a_stranger_sees_nothing(world: World) -> None:
    path = world.repository({})
    assert [world.see(one).status_code for one in ("/start", path)] == [404, 404]


def test_a_stranger_makes_us_ask_nothing(world: World) -> None:
    path = world.repository({})
    world.see("/start", guard=Door())
    world.see(path, guard=Door())
    assert world.github.requests == []


@pytest.mark.parametrize("cookie", ["", "x", "0" * 64, "é"])
def test_another_cookie_opens_nothing(world: World, cookie: str) -> None:
    assert world.see("/start", cookie=cookie).status_code == 404


def test_after_an_hour_the_browser_that_registered_is_a_stranger(world: World) -> None:
    before = world.settings.registered_at
    assert before is not None
    world.settings = replace(world.settings, registered_at=before - HOUR)
    assert world.registering("/start").status_code == 404


def test_a_registration_of_the_future_opens_nothing(world: World) -> None:
    before = world.settings.registered_at
    assert before is not None
    world.settings = replace(world.settings, registered_at=before + 2 * HOUR)
    assert world.registering("/start").status_code == 404


def test_an_app_of_the_environment_has_no_first_hour(world: World) -> None:
    world.settings = replace(world.settings, registered_at=None)
    assert world.see("/start", cookie="x").status_code == 404


def test_operators_see_what_the_app_is_installed_on(world: World) -> None:
    assert world.see("/start", guard=Door(operates=True)).status_code == 200


def test_readers_see_a_proposal(world: World) -> None:
    path = world.repository({"app.yaml": pod(world.image("acme/plain"))})
    reader = Door(readable=frozenset({int(path.rpartition("/")[2])}), signed_in=True)
    assert world.see(path, guard=reader).status_code == 200


def test_who_is_signed_in_and_may_not_read_it_sees_nothing(world: World) -> None:
    assert world.see(world.repository({}), guard=Door(signed_in=True)).status_code == 404


def test_a_repository_that_the_app_does_not_see_is_not_there(world: World) -> None:
    assert world.registering("/start/99999").status_code == 404


def test_before_anything_arrived_the_page_looks_again(world: World) -> None:
    page = world.registering("/start")
    assert ("Not connected yet" in page.text, page.headers.get("Refresh")) == (True, "5")


def test_once_a_delivery_arrived_it_is_connected_and_rests(world: World) -> None:
    world.repository({})
    for one in world.github.deliveries:
        one.attempted, one.status, one.status_code = True, "OK", 202
    page = world.registering("/start")
    assert ("<strong>Connected.</strong>" in page.text, page.headers.get("Refresh")) == (True, None)


def test_a_suspended_installation_is_said(world: World) -> None:
    world.github.suspend("acme")
    assert "suspended" in world.registering("/start").text


def test_when_github_does_not_answer_the_page_says_so_and_tries_again(world: World) -> None:
    world.github.fault(Fault("GET", "/app/installations", 401, times=None))
    page = world.registering("/start")
    assert (page.status_code, "refuses the App" in page.text, page.headers["Refresh"]) == (200, True, "5")


def test_it_leads_to_githubs_page_for_installing(world: World) -> None:
    assert f"{world.github.url}/github-apps/assay/installations/new" in world.registering("/start").text


def test_every_repository_leads_to_its_proposal(world: World) -> None:
    path = world.repository({})
    assert f'href="{path}">acme/gitops</a>' in world.registering("/start").text


def test_the_proposal_names_who_really_signed_and_which_image_proved_it(world: World) -> None:
    image = world.image("acme/api", signed=True)
    text = proposed(world.registering(world.repository({"app.yaml": pod(image)})))
    assert f"# It signed {image}. Is that who should?" in text
    pattern = r"https://github\.com/acme/images/\.github/workflows/release\.yml@refs/tags/v[0-9.]+"
    assert f"identity-pattern: '{pattern}'" in text
    assert Policy.errors(text, {}) == ()


def test_a_repository_that_was_just_added_is_found_where_it_is_listed(world: World) -> None:
    world.repository({})
    client = world.app(Door(operates=True, signed_in=True, readable=frozenset(range(10_000)))).test_client()
    client.get("/start/99999")
    added = world.github.repository("acme/added").id
    client.get("/start")
    assert client.get(f"/start/{added}").status_code == 200


def test_guesses_of_numbers_cost_one_list(world: World) -> None:
    world.repository({})
    client = world.app(Door(signed_in=True)).test_client()
    for number in range(1, 20):
        client.get(f"/start/9999{number}")
    assert len(world.github.calls("GET", "/installation/repositories")) == 1


def test_an_image_without_signature_is_asked_for_none(world: World) -> None:
    image = world.image("acme/api")
    assert "no signer found" in proposed(world.registering(world.repository({"app.yaml": pod(image)})))


def test_an_image_that_cannot_be_looked_up_is_not_called_unsigned(world: World) -> None:
    missing = f"{world.registry.host}/acme/gone:1.0"
    text = proposed(world.registering(world.repository({"app.yaml": pod(missing)})))
    assert ("not looked up" in text, "no signer found" in text) == (True, False)


def test_folders_with_policies_and_the_owners_teams_are_proposed(world: World) -> None:
    files = {"policies/a/x.yaml": KYVERNO, "CODEOWNERS": "* @acme/security @dana @other/team\n# @acme/no\n"}
    text = proposed(world.registering(world.repository(files)))
    assert ('- "/policies/a/**"' in text, 'teams: ["acme/security"]' in text) == (True, True)


def test_the_link_opens_a_new_file_with_the_proposal(world: World) -> None:
    page = world.registering(world.repository({"app.yaml": pod(world.image("acme/plain"))}))
    target = urlsplit(link(page))
    query = parse_qs(target.query)
    assert (target.path, query["filename"], query["value"], len(link(page)) <= 7000) == (
        *("/acme/gitops/new/main", [".github/assay.yml"], [proposed(page)], True),
    )


def test_a_policy_that_is_there_is_said(world: World) -> None:
    page = world.registering(world.repository({".github/assay.yml": "version: 1\n"}))
    assert "has a <code>.github/assay.yml</code> already" in page.text


def test_a_second_look_asks_the_registries_nothing(world: World) -> None:
    path = world.repository({"app.yaml": pod(world.image("acme/api"))})
    app = world.app(Door(readable=frozenset({int(path.rpartition("/")[2])}), signed_in=True)).test_client()
    app.get(path)
    before = len(world.registry.requests)
    app.get(path)
    assert len(world.registry.requests) == before


def test_hostile_names_are_shown_and_never_run(world: World) -> None:
    files = {'a/"><script>alert(1)</script>.yaml': pod(world.image("acme/plain")), "policies\u202e/x.yaml": KYVERNO}
    page = world.registering(world.repository(files))
    assert ("<script" in page.text, Policy.errors(proposed(page), {})) == (False, ())


def test_many_images_still_fit_into_the_link(world: World) -> None:
    images = [f"{world.registry.host}/team/service-with-a-long-name-{number:03d}:1.0" for number in range(200)]
    page = world.registering(world.repository({"app.yaml": pod(*images)}))
    assert ("more images would not fit" in proposed(page), len(link(page)) <= 7000) == (True, True)
