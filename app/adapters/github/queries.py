"""The GraphQL queries, as text.

Values never enter a query: names and paths are written by strangers and go as variables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

PAGE = 100

_ACTOR = """
fragment actor on Actor {
  __typename
  login
  ... on User { databaseId }
  ... on Bot { databaseId }
  ... on Mannequin { databaseId }
  ... on EnterpriseUserAccount { user { databaseId } }
}"""

_ENTRY = """
fragment entry on TreeEntry {
  mode
  type
  size
  oid
  object { ... on Blob { byteSize isBinary isTruncated text } }
}"""

# What a path is, without what it holds: enough to tell whether two are the same.
_OBJECT = "fragment entry on TreeEntry { mode oid }"

_PAGE_INFO = "pageInfo { hasNextPage endCursor }"

_COMMITS = (
    "totalCount "
    + _PAGE_INFO
    + """ nodes { commit {
        oid
        committedViaWeb
        authors(first: 20) { totalCount nodes { user { databaseId login } } }
        committer { user { databaseId login } }
      } }"""
)

_REVIEWS = (
    "totalCount "
    + _PAGE_INFO
    + " nodes { state submittedAt authorCanPushToRepository author { ...actor } commit { oid } }"
)

# A base branch may be changed by a person, or by GitHub when the old one is gone.
_RETARGETED = """timelineItems(last: 1, itemTypes: [BASE_REF_CHANGED_EVENT, AUTOMATIC_BASE_CHANGE_SUCCEEDED_EVENT]) {
        nodes { ... on BaseRefChangedEvent { createdAt } ... on AutomaticBaseChangeSucceededEvent { createdAt } }
      }"""

_FORCED = f"""forced: timelineItems(last: {PAGE}, itemTypes: [HEAD_REF_FORCE_PUSHED_EVENT]) {{
        totalCount
        nodes {{ ... on HeadRefForcePushedEvent {{ actor {{ ...actor }} }} }}
      }}"""

_COMMENT = "id fullDatabaseId viewerDidAuthor author { ...actor }"

_COMMENTS = "totalCount " + _PAGE_INFO + " nodes { " + _COMMENT + " }"

_STATUS = "status { contexts { context state description createdAt creator { ...actor } } }"

_SIBLING = "nodes { number state baseRefName headRefOid baseRepository { databaseId } }"

# Our marks on the head, and whatever else is open with it: by the commit, and by the base branch.
_HEAD = f"""head: object(oid: $head) {{ ... on Commit {{
      oid
      {_STATUS}
      associatedPullRequests(first: {PAGE}) {{ {_SIBLING} }}
    }} }}
    pullRequests(
      first: {PAGE}, states: [OPEN], baseRefName: $baseRef, orderBy: {{field: UPDATED_AT, direction: DESC}}
    ) {{ {_SIBLING} }}"""

_WHERE = "repository(owner: $owner, name: $name)"
_PLACE = "$owner: String!, $name: String!"

CONNECTIONS = {
    "commits": f"commits(first: {PAGE}, after: $after) {{ {_COMMITS} }}",
    "reviews": f"reviews(first: {PAGE}, after: $after) {{ {_REVIEWS} }}",
    "comments": f"comments(first: {PAGE}, after: $after) {{ {_COMMENTS} }}",
}

WHERE_IT_STANDS = f"""query({_PLACE}, $number: Int!) {{
  {_WHERE} {{
    databaseId
    pullRequest(number: $number) {{ baseRefName headRefOid mergedAt baseRef {{ target {{ oid }} }} }}
  }}
}}"""

MERGED = f"""query({_PLACE}, $number: Int!) {{
  {_WHERE} {{
    databaseId
    pullRequest(number: $number) {{
      state baseRefName headRefOid mergedAt mergedBy {{ login }} author {{ ...actor }}
      mergeCommit {{ oid parents(first: 1) {{ nodes {{ oid }} }} }}
      commits(first: {PAGE}) {{ {_COMMITS} }}
      reviews(first: {PAGE}) {{ {_REVIEWS} }}
      {_RETARGETED}
    }}
  }}
}}
{_ACTOR}"""

GROUP = f"""query({_PLACE}, $head: GitObjectID!, $base: String!) {{
  {_WHERE} {{
    databaseId
    isPrivate isArchived
    ref(qualifiedName: $base) {{ target {{ oid }} }}
    head: object(oid: $head) {{ ... on Commit {{ oid {_STATUS} }} }}
  }}
}}
{_ACTOR}"""

CLASSIC_RULES = f"""query({_PLACE}, $branch: String!) {{
  {_WHERE} {{
    databaseId
    ref(qualifiedName: $branch) {{ refUpdateRule {{ requiredStatusCheckContexts }} }}
  }}
}}"""

_MEMBER = "number state baseRefName headRefOid baseRepository { databaseId } headRepository { databaseId }"

QUEUE = f"""query({_PLACE}, $branch: String!) {{
  {_WHERE} {{
    databaseId
    mergeQueue(branch: $branch) {{ entries(first: {PAGE}) {{ nodes {{
      position
      headCommit {{ oid }}
      pullRequest {{ {_MEMBER} commits(first: 1) {{ totalCount }} }}
    }} }} }}
  }}
}}"""

FLOOR = f"""query({_PLACE}, $path: String!) {{
  repository(owner: $owner, name: $name, followRenames: false) {{
    databaseId
    defaultBranchRef {{ target {{ oid ... on Commit {{ file(path: $path) {{ ...entry }} }} }} }}
  }}
}}
{_ENTRY}"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Files to be read in one query: which alias stands for which commit and path."""

    selection: str
    declarations: str
    variables: dict[str, object]
    aliases: dict[tuple[str, str], tuple[str, str]]


def wanted(files: Iterable[tuple[str, str]]) -> Wanted:
    """Prepare the reading of files, given as (commit, path)."""
    selections: dict[str, list[str]] = {}
    aliases: dict[tuple[str, str], tuple[str, str]] = {}
    variables: dict[str, object] = {}
    for number, (commit, path) in enumerate(dict.fromkeys(files)):
        selections.setdefault(commit, []).append(f"f{number}: file(path: $p{number}) {{ ...entry }}")
        variables[f"p{number}"] = path
        aliases[f"c{list(selections).index(commit)}", f"f{number}"] = (commit, path)
    for place, commit in enumerate(selections):
        variables[f"c{place}"] = commit
    declarations = "".join(f", ${name}: {'GitObjectID!' if name.startswith('c') else 'String!'}" for name in variables)
    selection = "\n".join(
        f"c{place}: object(oid: $c{place}) {{ ... on Commit {{ oid {' '.join(fields)} }} }}"
        for place, fields in enumerate(selections.values())
    )
    return Wanted(selection, declarations, variables, aliases)


def read_files(files: Wanted) -> str:
    """Return a query that reads files and nothing else."""
    return f"""query({_PLACE}{files.declarations}) {{
  {_WHERE} {{ databaseId {files.selection} }}
}}
{_ENTRY if files.aliases else ""}"""


def read_objects(files: Wanted) -> str:
    """Return a query that says what files are, not what they hold."""
    return f"""query({_PLACE}{files.declarations}) {{
  {_WHERE} {{ databaseId {files.selection} }}
}}
{_OBJECT}"""


def overview(files: Wanted) -> str:
    """Return the query that reads a pull request, its people, our marks on it, its siblings, and files."""
    return f"""query({_PLACE}, $number: Int!, $head: GitObjectID!, $baseRef: String!{files.declarations}) {{
  {_WHERE} {{
    databaseId
    isPrivate isArchived
    pullRequest(number: $number) {{
      title state isDraft changedFiles baseRefName headRefOid
      author {{ ...actor }}
      baseRef {{ target {{ oid }} }}
      headRefName
      headRepository {{ databaseId name owner {{ login }} }}
      commits(first: {PAGE}) {{ {_COMMITS} }}
      reviews(first: {PAGE}) {{ {_REVIEWS} }}
      comments(last: {PAGE}) {{ {_COMMENTS} }}
      {_RETARGETED}
      {_FORCED}
    }}
    {_HEAD}
    {files.selection}
  }}
}}
{_ACTOR}
{_ENTRY if files.aliases else ""}"""


def next_page(connection: str) -> str:
    """Return the query for one more page of commits, reviews or comments."""
    return f"""query({_PLACE}, $number: Int!, $after: String) {{
  {_WHERE} {{ databaseId pullRequest(number: $number) {{ {CONNECTIONS[connection]} }} }}
}}
{"" if connection == "commits" else _ACTOR}"""


def look_again(comments: Sequence[str]) -> str:
    """Return the query that tells whether anything moved; `comments` are node ids, declared as `$n0` and so on."""
    declared = "".join(f", $n{place}: ID!" for place in range(len(comments)))
    nodes = "\n".join(
        f"n{place}: node(id: $n{place}) {{ ... on IssueComment {{ {_COMMENT} body }} }}"
        for place in range(len(comments))
    )
    return f"""query({_PLACE}, $number: Int!, $head: GitObjectID!, $baseRef: String!{declared}) {{
  {_WHERE} {{
    databaseId
    pullRequest(number: $number) {{ baseRefName headRefOid baseRef {{ target {{ oid }} }} }}
    {_HEAD}
  }}
  {nodes}
}}
{_ACTOR}"""


def pull_requests_of(commits: int) -> str:
    """Return the query for the pull requests that so many commits belong to, declared as `$c0` and so on."""
    declared = "".join(f", $c{place}: GitObjectID!" for place in range(commits))
    objects = "\n".join(
        f"c{place}: object(oid: $c{place}) {{ ... on Commit {{ oid "
        f"associatedPullRequests(first: {PAGE}) {{ nodes {{ {_MEMBER} }} }} }} }}"
        for place in range(commits)
    )
    return f"query({_PLACE}{declared}) {{ {_WHERE} {{ databaseId {objects} }} }}"


ADD_REACTION = """mutation($comment: ID!, $content: ReactionContent!) {
  addReaction(input: {subjectId: $comment, content: $content}) { clientMutationId }
}"""

LAST_COMMENTS = f"""query({_PLACE}, $number: Int!) {{
  {_WHERE} {{
    databaseId
    pullRequest(number: $number) {{ comments(last: 20) {{ nodes {{ {_COMMENT} body }} }} }}
  }}
}}
{_ACTOR}"""


def members(teams: int) -> str:
    """Return the query for a page of members of so many teams, declared as `$o0`, `$t0`, `$a0` and so on."""
    declared = ", ".join(f"$o{place}: String!, $t{place}: String!, $a{place}: String" for place in range(teams))
    asked = "\n".join(
        f"t{place}: organization(login: $o{place}) {{ team(slug: $t{place}) {{ "
        f"members(first: {PAGE}, after: $a{place}) {{ {_PAGE_INFO} nodes {{ login }} }} }} }}"
        for place in range(teams)
    )
    return f"query({declared}) {{\n{asked}\n}}"
