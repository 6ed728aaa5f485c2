"""Who is let in: the App's JSON web tokens, installation tokens, their reach, permissions and end."""

from __future__ import annotations

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.fakes.github import GitHub, PullRequest, Repository
from tests.fakes_selftest.github.conftest import Client


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


def test_the_app_is_known_by_its_signature(client: Client) -> None:
    assert client.app("GET", "/app").json()["slug"] == "assay"


def test_a_token_of_another_key_is_refused(client: Client) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    pem = other.private_bytes(*form, serialization.NoEncryption()).decode()
    answer = client.http.get("/app", headers={"Authorization": f"Bearer {client.jwt(key=pem)}"})
    assert said(answer) == (401, "A JSON web token could not be decoded")


def test_a_token_without_a_signature_is_refused(client: Client) -> None:
    unsigned = jwt.encode({"iss": "4242", "iat": 1, "exp": 9_999_999_999}, None, algorithm="none")
    assert client.http.get("/app", headers={"Authorization": f"Bearer {unsigned}"}).status_code == 401


def test_a_json_web_token_lives_ten_minutes_at_most(client: Client) -> None:
    answer = client.http.get("/app", headers={"Authorization": f"Bearer {client.jwt(lifetime=700)}"})
    assert said(answer) == (401, "'Expiration time' claim ('exp') is too far in the future")


def test_an_expired_json_web_token_is_refused(client: Client) -> None:
    answer = client.http.get("/app", headers={"Authorization": f"Bearer {client.jwt(lifetime=-10)}"})
    assert answer.status_code == 401


def test_another_apps_id_is_refused(client: Client) -> None:
    answer = client.http.get("/app", headers={"Authorization": f"Bearer {client.jwt(issuer=1)}"})
    assert said(answer) == (401, "Integration not found")


def test_the_client_id_serves_as_issuer(client: Client) -> None:
    token = client.jwt(issuer=client.gh.app.client_id)
    assert client.http.get("/app", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_token_without_narrowing_reaches_all_repositories(client: Client, repo: Repository) -> None:
    client.gh.repository("acme/other", private=True)
    body = client.mint().json()
    assert (body["repository_selection"], "repositories" in body) == ("all", False)


def test_a_narrowed_token_does_not_reach_a_private_neighbour(client: Client, repo: Repository) -> None:
    client.gh.repository("acme/other", private=True)
    narrow = client.narrowed(repository_ids=[repo.id])
    assert (narrow.get("/repos/acme/gitops").status_code, narrow.get("/repos/acme/other").status_code) == (200, 404)


def test_a_public_neighbour_can_be_read_but_not_written(client: Client, repo: Repository) -> None:
    other = client.gh.repository("acme/.github")
    narrow = client.narrowed(repositories=["gitops"])
    read = narrow.get("/repos/acme/.github/contents/README.md").status_code
    write = narrow.post(f"/repos/acme/.github/statuses/{other.tip('main')}", {"state": "success"}).status_code
    assert (read, write) == (200, 403)


def test_a_repository_beyond_the_installation_cannot_be_asked_for(client: Client, repo: Repository) -> None:
    client.gh.repository("umbrella/secret", private=True)
    assert client.mint(repositories=["secret"]).status_code == 422


def test_permissions_beyond_the_installations_cannot_be_asked_for(client: Client, repo: Repository) -> None:
    answer = client.mint(permissions={"contents": "write"})
    assert said(answer) == (422, "The permissions requested are not granted to this installation.")


def test_a_permission_left_out_of_the_token_is_missed(client: Client, pull: PullRequest) -> None:
    narrow = client.narrowed(permissions={"contents": "read"})
    answer = narrow.post(f"/repos/acme/gitops/statuses/{pull.head_sha}", {"state": "success"})
    assert said(answer) == (403, "Resource not accessible by integration")


def test_read_is_not_write(client: Client, pull: PullRequest) -> None:
    narrow = client.narrowed(permissions={"statuses": "read"})
    answer = narrow.post(f"/repos/acme/gitops/statuses/{pull.head_sha}", {"state": "success"})
    assert answer.status_code == 403


def test_an_installation_that_has_not_accepted_new_permissions_keeps_the_old(client: Client, pull: PullRequest) -> None:
    client.gh.install("acme", permissions={"contents": "read", "pull_requests": "read"})
    assert client.get("/repos/acme/gitops/collaborators/bob/permission").status_code == 200
    assert client.get("/orgs/acme/teams/security/members").status_code == 404


def test_a_token_ends_after_an_hour(client: Client, repo: Repository) -> None:
    client.get("/repos/acme/gitops")
    client.gh.advance(3601)
    assert said(client.get("/repos/acme/gitops")) == (401, "Bad credentials")


def test_a_token_revoked_in_mid_hour_is_refused(client: Client, repo: Repository) -> None:
    client.get("/repos/acme/gitops")
    client.gh.revoke_tokens()
    assert said(client.get("/repos/acme/gitops")) == (401, "Bad credentials")


def test_a_client_may_revoke_its_token(client: Client, repo: Repository) -> None:
    ended = client.ask("DELETE", "/installation/token").status_code
    assert (ended, client.get("/repos/acme/gitops").status_code) == (204, 401)


def test_a_suspended_installation_is_refused(client: Client, repo: Repository) -> None:
    client.get("/repos/acme/gitops")
    client.gh.suspend("acme")
    assert said(client.get("/repos/acme/gitops")) == (403, "This installation has been suspended")
    assert client.mint().status_code == 403


def test_an_unsuspended_installation_works_again(client: Client, repo: Repository) -> None:
    client.gh.suspend("acme")
    client.gh.unsuspend("acme")
    assert client.get("/repos/acme/gitops").status_code == 200


def test_an_uninstalled_app_has_no_token(client: Client, repo: Repository) -> None:
    client.get("/repos/acme/gitops")
    client.gh.uninstall("acme")
    assert client.get("/repos/acme/gitops").status_code == 401


def test_without_credentials_only_what_is_public_is_shown(client: Client, repo: Repository) -> None:
    client.gh.repository("acme/open")
    client.gh.repository("acme/hidden", private=True)
    asked = ("/repos/acme/open", "/repos/acme/hidden", "/repos/acme/open/pulls", "/repos/acme/nowhere")
    assert [client.http.get(path).status_code for path in asked] == [200, 404, 401, 404]


def test_the_apps_own_token_does_not_read_repositories(client: Client, repo: Repository) -> None:
    assert client.app("GET", "/repos/acme/gitops").status_code == 403


def test_the_installation_of_a_repository_is_found(client: Client, repo: Repository) -> None:
    answer = client.app("GET", "/repos/acme/gitops/installation").json()
    assert (answer["id"], answer["account"]["login"]) == (client.gh.installation("acme").id, "acme")


def test_a_repository_outside_a_selection_has_no_installation(client: Client, repo: Repository) -> None:
    client.gh.install("acme", repositories=[client.gh.repository("acme/other")])
    assert client.app("GET", "/repos/acme/gitops/installation").status_code == 404


def test_a_token_may_be_longer_than_forty_characters(client: Client, repo: Repository) -> None:
    assert len(client.mint().json()["token"]) > 40


def test_an_unknown_api_version_is_refused(client: Client, repo: Repository) -> None:
    assert client.get("/repos/acme/gitops", headers={"X-GitHub-Api-Version": "2031-01-01"}).status_code == 400


def test_a_client_without_a_name_is_refused(client: Client, repo: Repository) -> None:
    assert client.get("/repos/acme/gitops", headers={"User-Agent": ""}).status_code == 403


def test_an_operation_outside_the_slice_is_a_violation(client: Client, repo: Repository) -> None:
    client.get("/repos/acme/gitops/hooks")
    assert client.gh.violations == ["GET /repos/acme/gitops/hooks: no such operation in the slice"]
    client.gh.violations.clear()


def test_the_manifest_flow_gives_the_apps_secrets_once(client: Client) -> None:
    client.gh.manifest_code("one")
    first = client.http.post("/app-manifests/one/conversions")
    assert (first.status_code, first.json()["webhook_secret"]) == (201, client.gh.hook.secret)
    assert client.http.post("/app-manifests/one/conversions").status_code == 404


def test_rate_headers_count_down(client: Client, repo: Repository) -> None:
    one, two = (int(client.get("/repos/acme/gitops").headers["X-RateLimit-Remaining"]) for _ in range(2))
    assert one - two == 1


def test_an_empty_rate_limit_refuses_with_its_headers(client: Client, repo: Repository) -> None:
    client.gh.rate().used = 5000
    answer = client.get("/repos/acme/gitops")
    assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (403, "0")


def test_an_etag_is_answered_with_304_and_bound_to_the_token(client: Client, repo: Repository) -> None:
    tag = {"If-None-Match": client.get("/repos/acme/gitops").headers["ETag"]}
    same = client.get("/repos/acme/gitops", headers=tag).status_code
    other = client.narrowed().get("/repos/acme/gitops", headers=tag).status_code
    assert (same, other) == (304, 200)


def test_a_renamed_repository_redirects_to_its_number(client: Client, repo: Repository) -> None:
    repo.rename("deploy")
    answer = client.get("/repos/acme/gitops/pulls")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{client.gh.url}/repositories/{repo.id}/pulls")
    assert client.get(f"/repositories/{repo.id}/pulls").status_code == 200


@pytest.mark.parametrize(("path", "status"), [("/api/v3/app", 200), ("/app", 200)])
def test_an_enterprise_server_has_its_own_root(path: str, status: int) -> None:
    with GitHub(enterprise=True) as gh, httpx.Client() as http:
        url = gh.url.removesuffix("/api/v3") + path
        answer = http.get(url, headers={"Authorization": f"Bearer {Client(gh, http).jwt()}"})
        assert (answer.status_code, gh.violations) == (status, [])
