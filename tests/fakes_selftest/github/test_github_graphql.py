"""GraphQL: executed on GitHub's schema, cut and refused where GitHub cuts and refuses."""

from __future__ import annotations

import hashlib

import httpx
import pytest

from tests.fakes.github import GitHub, Identity, PullRequest, Repository, submodule, symlink
from tests.fakes_selftest.github.conftest import TLS, Client

TEAM = '{organization(login: "acme") {team(slug: "security") {members(first: 100) {nodes {login databaseId}}}}}'
BLOB = "... on Blob {oid byteSize isBinary isTruncated text}"


def test_a_repository_tells_number_and_privacy(client: Client, repo: Repository) -> None:
    assert client.repository("databaseId isPrivate") == {"databaseId": repo.id, "isPrivate": True}


def test_a_blob_is_read_by_an_expression(client: Client, repo: Repository) -> None:
    blob = client.repository(f'object(expression: "main:app.yaml") {{{BLOB}}}')["object"]
    oid = hashlib.sha1(b"blob 11\0image: one\n", usedforsecurity=False).hexdigest()
    assert blob == {"oid": oid, "byteSize": 11, "isBinary": False, "isTruncated": False, "text": "image: one\n"}


def test_a_path_that_is_not_there_is_null(client: Client, repo: Repository) -> None:
    assert client.repository('object(expression: "main:nothing") {oid}')["object"] is None


def test_text_is_cut_at_512000_bytes_and_says_so(client: Client, repo: Repository) -> None:
    repo.commit("main", {"big.yaml": "x" * 512_001})
    blob = client.repository(f'object(expression: "main:big.yaml") {{{BLOB}}}')["object"]
    assert (len(blob["text"]), blob["isTruncated"], blob["byteSize"]) == (512_000, True, 512_001)


def test_a_binary_has_no_text(client: Client, repo: Repository) -> None:
    repo.commit("main", {"a.bin": b"\0\1"})
    blob = client.repository(f'object(expression: "main:a.bin") {{{BLOB}}}')["object"]
    assert (blob["text"], blob["isBinary"]) == (None, True)


def test_text_that_is_not_utf8_does_not_hash_to_its_id(client: Client, repo: Repository) -> None:
    repo.commit("main", {"latin.yaml": "é".encode("latin-1")})
    blob = client.repository(f'object(expression: "main:latin.yaml") {{{BLOB}}}')["object"]
    data = blob["text"].encode()
    assert hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest() != blob["oid"]


def test_a_symbolic_link_looks_like_a_blob_and_only_its_tree_tells(client: Client, repo: Repository) -> None:
    repo.commit("main", {"link.yaml": symlink("app.yaml")})
    assert client.repository(f'object(expression: "main:link.yaml") {{{BLOB}}}')["object"]["text"] == "app.yaml"
    entries = client.repository('object(expression: "main:") {... on Tree {entries {name mode type}}}')["object"][
        "entries"
    ]
    assert {"name": "link.yaml", "mode": 0o120000, "type": "blob"} in entries


def test_a_submodule_has_no_object(client: Client, repo: Repository) -> None:
    repo.commit("main", {"vendor": submodule("a" * 40)})
    assert client.repository('object(expression: "main:vendor") {oid}')["object"] is None


def test_the_base_branch_tells_its_tip_and_the_frozen_one(client: Client, repo: Repository, pull: PullRequest) -> None:
    frozen = repo.tip("main")
    tip = repo.commit("main", {"other": "1"})
    assert client.pull("baseRefOid baseRef {target {oid}}") == {
        "baseRefOid": frozen,
        "baseRef": {"target": {"oid": tip}},
    }


def test_a_ref_that_is_gone_is_null(client: Client, repo: Repository) -> None:
    assert client.repository('ref(qualifiedName: "refs/heads/gone") {target {oid}}')["ref"] is None


def test_the_state_of_a_pull_request(client: Client, pull: PullRequest) -> None:
    fields = "title isDraft state merged headRefOid headRepository {databaseId}"
    assert client.pull(fields) == {
        "title": "Bump",
        "isDraft": False,
        "state": "OPEN",
        "merged": False,
        "headRefOid": pull.head_sha,
        "headRepository": {"databaseId": pull.repository.id},
    }


def test_a_merged_one_is_merged_not_closed(client: Client, pull: PullRequest) -> None:
    pull.merge("alice")
    assert client.pull("state merged") == {"state": "MERGED", "merged": True}


def test_a_deleted_fork_is_null(client: Client, repo: Repository) -> None:
    fork = repo.fork("mallory")
    fork.commit("evil", {"app.yaml": "x"}, author="mallory")
    repo.open_pull_request("evil", author="mallory", repository=fork)
    fork.delete()
    assert client.pull("headRepository {databaseId} isCrossRepository") == {
        "headRepository": None,
        "isCrossRepository": True,
    }


def test_a_bot_is_an_actor_of_its_own_kind_without_the_suffix(client: Client, repo: Repository) -> None:
    repo.commit("bump", {"a": "1"}, author="renovate[bot]")
    repo.open_pull_request("bump", author="renovate[bot]")
    author = client.pull("author {__typename login ... on Bot {databaseId} ... on User {databaseId}}")["author"]
    number = client.gh.user("renovate[bot]").id
    assert author == {"__typename": "Bot", "login": "renovate", "databaseId": number}


def test_a_bots_commit_shows_it_as_a_user_with_its_whole_login(client: Client, repo: Repository) -> None:
    repo.commit("bump", {"a": "1"}, author="renovate[bot]")
    repo.open_pull_request("bump")
    (node,) = client.pull("commits(first: 1) {nodes {commit {author {user {login}}}}}")["commits"]["nodes"]
    assert node["commit"]["author"]["user"]["login"] == "renovate[bot]"


def test_a_deleted_author_is_null(client: Client, pull: PullRequest) -> None:
    client.gh.delete_user("alice")
    assert client.pull("author {login}")["author"] is None


AUTHORS = "commits(first: 100) {totalCount nodes {commit {oid authors(first: 10) {nodes {name email user {login}}}}}}"


def test_co_authors_are_authors(client: Client, repo: Repository) -> None:
    repo.commit("bump", {"a": "1"}, author="alice", co_authors=["bob"])
    repo.open_pull_request("bump")
    (node,) = client.pull(AUTHORS)["commits"]["nodes"]
    assert [one["user"]["login"] for one in node["commit"]["authors"]["nodes"]] == ["alice", "bob"]


def test_an_unknown_address_has_no_user(client: Client, repo: Repository) -> None:
    repo.commit("bump", {"a": "1"}, author=Identity("Nobody", "nobody@example.com"))
    repo.open_pull_request("bump")
    (node,) = client.pull(AUTHORS)["commits"]["nodes"]
    assert node["commit"]["authors"]["nodes"] == [{"name": "Nobody", "email": "nobody@example.com", "user": None}]


def test_a_commit_made_in_the_browser_was_committed_by_web_flow(client: Client, repo: Repository) -> None:
    repo.commit("bump", {"a": "1"}, author="alice", committer="web-flow")
    repo.open_pull_request("bump")
    (node,) = client.pull("commits(first: 1) {nodes {commit {committer {user {login}}}}}")["commits"]["nodes"]
    assert node["commit"]["committer"]["user"]["login"] == "web-flow"


def test_commits_come_in_pages(client: Client, repo: Repository) -> None:
    shas = [repo.commit("bump", {"a": str(number)}) for number in range(3)]
    repo.open_pull_request("bump")
    fields = "commits(first: 2%s) {totalCount pageInfo {hasNextPage endCursor} nodes {commit {oid}}}"
    first = client.pull(fields % "")["commits"]
    rest = client.pull(fields % f', after: "{first["pageInfo"]["endCursor"]}"')["commits"]
    assert [node["commit"]["oid"] for page in (first, rest) for node in page["nodes"]] == shas
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"], rest["totalCount"]) == (True, False, 3)


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        ("", "MISSING_PAGINATION_BOUNDARIES"),
        ("(first: 101)", "EXCESSIVE_PAGINATION"),
        ("(last: 101)", "EXCESSIVE_PAGINATION"),
        ('(first: 1, after: "x")', "INVALID_CURSOR_ARGUMENTS"),
    ],
)
def test_a_page_without_bounds_or_beyond_a_hundred_is_refused(
    client: Client, pull: PullRequest, page: str, kind: str
) -> None:
    query = (
        f'{{repository(owner: "acme", name: "gitops") {{pullRequest(number: 1) {{comments{page} {{totalCount}}}}}}}}'
    )
    (error,) = client.graphql(query)["errors"]
    assert error["type"] == kind


REVIEWS = "reviews(first: 100) {nodes {state author {login} authorCanPushToRepository commit {oid} submittedAt}}"


def test_a_review_tells_whether_its_author_may_push(client: Client, pull: PullRequest) -> None:
    pull.review("rita", "APPROVED")
    pull.review("bob", "APPROVED")
    shown = [
        (one["author"]["login"], one["authorCanPushToRepository"]) for one in client.pull(REVIEWS)["reviews"]["nodes"]
    ]
    assert shown == [("rita", False), ("bob", True)]


def test_a_review_names_its_commit_and_time(client: Client, pull: PullRequest) -> None:
    pull.review("bob", "APPROVED")
    (one,) = client.pull(REVIEWS)["reviews"]["nodes"]
    assert one["commit"]["oid"] == pull.head_sha
    assert one["submittedAt"]


def test_a_pending_review_is_hidden(client: Client, pull: PullRequest) -> None:
    pull.review("bob", "PENDING")
    assert client.pull("reviews(first: 1) {totalCount}")["reviews"]["totalCount"] == 0


def test_requested_people_and_teams_are_told_apart(client: Client, pull: PullRequest) -> None:
    path = "/repos/acme/gitops/pulls/1/requested_reviewers"
    client.post(path, {"reviewers": ["bob"], "team_reviewers": ["security"]})
    fields = "reviewRequests(first: 9) {nodes {requestedReviewer {... on User {login} ... on Team {slug}}}}"
    nodes = client.pull(fields)["reviewRequests"]["nodes"]
    assert [one["requestedReviewer"] for one in nodes] == [{"login": "bob"}, {"slug": "security"}]


def test_own_comments_are_known_by_their_author(client: Client, pull: PullRequest) -> None:
    pull.comment("mallory", "<!-- assay -->")
    number = client.post("/repos/acme/gitops/issues/1/comments", {"body": "<!-- assay -->"}).json()["id"]
    nodes = client.pull("comments(last: 100) {nodes {databaseId viewerDidAuthor}}")["comments"]["nodes"]
    assert [one["databaseId"] for one in nodes if one["viewerDidAuthor"]] == [number]


def test_the_last_comments_are_the_newest(client: Client, pull: PullRequest) -> None:
    for number in range(5):
        pull.comment("bob", str(number))
    nodes = client.pull("comments(last: 2) {nodes {body}}")["comments"]["nodes"]
    assert [one["body"] for one in nodes] == ["3", "4"]


STATUS = (
    'object(expression: "bump") {... on Commit {status {state contexts {context state description creator {login}}}}}'
)


def test_statuses_tell_their_writer(client: Client, pull: PullRequest) -> None:
    client.post(f"/repos/acme/gitops/statuses/{pull.head_sha}", {"state": "success", "context": "gate"})
    (one,) = client.repository(STATUS)["object"]["status"]["contexts"]
    assert one == {"context": "gate", "state": "SUCCESS", "description": None, "creator": {"login": "assay"}}


def test_a_commit_without_statuses_has_none(client: Client, pull: PullRequest) -> None:
    assert client.repository(STATUS)["object"]["status"] is None


def test_the_pull_requests_of_a_commit_are_found(client: Client, repo: Repository, pull: PullRequest) -> None:
    repo.branch("stable")
    repo.open_pull_request("bump", base="stable")
    fields = (
        'object(expression: "bump") {... on Commit {associatedPullRequests(first: 9) {nodes {number baseRefName}}}}'
    )
    nodes = client.repository(fields)["object"]["associatedPullRequests"]["nodes"]
    assert nodes == [{"number": 1, "baseRefName": "main"}, {"number": 2, "baseRefName": "stable"}]


def test_the_history_of_a_path_holds_only_what_changed_it(client: Client, repo: Repository) -> None:
    one = repo.commit("main", {"x.yaml": "1"})
    repo.commit("main", {"y.yaml": "1"})
    fields = 'object(expression: "main") {... on Commit {history(first: 9, path: "x.yaml") {nodes {oid}}}}'
    assert client.repository(fields)["object"]["history"]["nodes"] == [{"oid": one}]


def test_a_team_shows_its_members(client: Client) -> None:
    nodes = client.graphql(TEAM)["data"]["organization"]["team"]["members"]["nodes"]
    assert [one["login"] for one in nodes] == ["sam", "tess"]


def test_a_team_that_does_not_exist_is_null(client: Client) -> None:
    assert client.graphql(TEAM.replace("security", "gone"))["data"]["organization"]["team"] is None


def test_without_members_permission_a_team_is_null_with_an_error(client: Client, repo: Repository) -> None:
    answer = client.narrowed(permissions={"contents": "read"}).graphql(TEAM)
    assert (answer["data"]["organization"]["team"], answer["errors"][0]["type"]) == (None, "FORBIDDEN")


def test_a_private_repository_beyond_the_token_is_not_found(client: Client, repo: Repository) -> None:
    client.gh.repository("acme/other", private=True)
    answer = client.narrowed(repositories=["other"]).graphql('{repository(owner: "acme", name: "gitops") {id}}')
    assert (answer["data"]["repository"], answer["errors"][0]["type"]) == (None, "NOT_FOUND")


def test_a_pull_request_without_its_permission_is_forbidden(client: Client, pull: PullRequest) -> None:
    query = '{repository(owner: "acme", name: "gitops") {pullRequest(number: 1) {title}}}'
    answer = client.narrowed(permissions={"contents": "read"}).graphql(query)
    assert answer["errors"][0]["message"] == "Resource not accessible by integration"


def test_a_former_name_is_followed(client: Client, repo: Repository) -> None:
    repo.rename("deploy")
    assert client.repository("name") == {"name": "deploy"}


def test_a_misspelt_field_is_an_error_with_status_200_and_a_violation(client: Client, pull: PullRequest) -> None:
    answer = client.graphql('{repository(owner: "acme", name: "gitops") {logn}}')
    assert "Cannot query field 'logn'" in answer["errors"][0]["message"]
    assert len(client.gh.violations) == 1
    client.gh.violations.clear()


def test_a_field_nobody_modelled_is_null_and_noted(client: Client, repo: Repository) -> None:
    assert client.repository("description")["description"] is None
    assert client.gh.unmodelled == {"Repository.description"}


def test_the_rate_limit_is_counted_apart_and_told(client: Client, repo: Repository) -> None:
    one, two = (client.graphql("{rateLimit {cost remaining}}")["data"]["rateLimit"]["remaining"] for _ in range(2))
    assert one - two == 1


def test_an_empty_limit_is_an_error_with_status_200(client: Client, repo: Repository) -> None:
    client.gh.rate("graphql").used = 5000
    assert client.graphql("{viewer {login}}")["errors"][0]["type"] == "RATE_LIMITED"


def test_the_viewer_is_the_bot(client: Client) -> None:
    assert client.graphql("{viewer {login}}")["data"]["viewer"]["login"] == "assay[bot]"


def test_an_enterprise_server_answers_beside_its_rest_root(repo: Repository, gh: GitHub) -> None:
    assert repo.full_name  # the ordinary one stands untouched beside it
    with GitHub(enterprise=True) as other:
        other.repository("acme/gitops")
        root = other.url.removesuffix("/v3")
        with httpx.Client(base_url=other.url, verify=TLS) as http:
            token = Client(other, http).mint().json()["token"]
            body = {"query": '{repository(owner: "acme", name: "gitops") {name}}'}
            answer = http.post(f"{root}/graphql", headers={"Authorization": f"token {token}"}, json=body)
        assert answer.json() == {"data": {"repository": {"name": "gitops"}}}


def test_a_former_name_is_not_followed_when_that_is_asked(client: Client, repo: Repository) -> None:
    repo.rename("deploy")
    answer = client.graphql('{repository(owner: "acme", name: "gitops", followRenames: false) {name}}')
    assert answer["errors"][0]["type"] == "NOT_FOUND"


def test_a_file_of_a_commit_tells_its_mode(client: Client, repo: Repository) -> None:
    repo.commit("main", {"docs/link.yaml": symlink("../app.yaml")})
    field = 'object(expression: "main") {... on Commit {file(path: "docs/link.yaml") {mode type path oid}}}'
    entry = client.repository(field)["object"]["file"]
    assert (entry["mode"], entry["type"], entry["path"]) == (0o120000, "blob", "docs/link.yaml")


def test_a_file_that_is_not_there_is_null(client: Client, repo: Repository) -> None:
    field = 'object(expression: "main") {... on Commit {file(path: "nothing") {oid}}}'
    assert client.repository(field)["object"]["file"] is None


def test_pull_requests_are_ordered_by_number_when_made_at_once(
    client: Client, repo: Repository, pull: PullRequest
) -> None:
    repo.branch("stable")
    repo.open_pull_request("bump", base="stable")
    field = "pullRequests(first: 9, orderBy: {field: CREATED_AT, direction: DESC}) {nodes {number}}"
    assert [one["number"] for one in client.repository(field)["pullRequests"]["nodes"]] == [2, 1]
