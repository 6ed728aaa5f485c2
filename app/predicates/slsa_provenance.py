"""SLSA provenance v0.2 and v1: who built, from which repository, commit and ref, by which workflow, trigger, runner.

These are claims of the builder. Which of them to believe is decided by who signed, in the policy, not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from app.core.posture import Better, Measure
from app.predicates.base import Place, document, shown

TYPES: Final = frozenset(
    {
        "https://slsa.dev/provenance/v0.2",
        "https://slsa.dev/provenance/v1",
        "https://slsa.dev/provenance/v1.0?draft",
    }
)
BUILDER: Final = "provenance.builder"
SOURCE: Final = "provenance.source"
COMMIT: Final = "provenance.commit"
REF: Final = "provenance.ref"
WORKFLOW: Final = "provenance.workflow"
TRIGGER: Final = "provenance.trigger"
RUNNER: Final = "provenance.runner"

_LABELS: Final = {
    BUILDER: "builder",
    SOURCE: "source repository",
    COMMIT: "source commit",
    REF: "source ref",
    WORKFLOW: "build workflow",
    TRIGGER: "build trigger",
    RUNNER: "build runner",
}
KEYS: Final = frozenset(_LABELS)

# Where GitHub's builders say which event started the build and what it ran on (v0.2, `invocation.environment`).
_TRIGGERS: Final = ("github_event_name", "GITHUB_EVENT_NAME")
_RUNNERS: Final = ("github_runner_environment", "RUNNER_ENVIRONMENT")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SOURCE: Final = re.compile(
    r"(?:git\+)?(?P<scheme>[a-z]+)://(?:[^/@]*@)?(?P<host>[A-Za-z0-9.-]+(?::[0-9]+)?)"
    r"(?P<path>/[^@?#]*)?(?:\?[^@#]*)?(?:[@#](?P<ref>.+))?"
)


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the source lies; each part is empty when it is not told."""

    repository: str = ""
    ref: str = ""
    commit: str = ""


def measure(predicate: object) -> Iterable[Measure]:
    """Yield a measure for each thing that is told; who built must be."""
    root = document(predicate)
    if root.has("buildDefinition"):
        builder = root.get("runDetails").get("builder").get("id").text()
        source = _source_v1(root.get("buildDefinition"))
        build = _build_v1(root.get("buildDefinition"))
    else:
        builder = root.get("builder").get("id").text()
        source = _source_v02(root)
        build = _build_v02(root.get("invocation"))
    told = {BUILDER: builder, SOURCE: source.repository, COMMIT: source.commit, REF: source.ref, **build}
    return tuple(
        Measure(key, _LABELS[key], shown(value), Better.NEITHER, predicate_type="")
        for key, value in told.items()
        if value
    )


def _source_v1(definition: Place) -> _Source:
    parameters = definition.get("externalParameters")
    workflow = parameters.down("workflow")
    dependencies = list(_git_sources(definition.get("resolvedDependencies")))
    if not workflow.absent:
        stated = _located(workflow.get("repository").text(), workflow.get("ref").optional_text())
        return _with_commit(stated, dependencies)
    # Other build types name the source as a text, or as the configuration's place; else it is the one git dependency.
    for place in (parameters.get("source"), parameters.get("configSource")):
        uri = place.get("uri").value if isinstance(place.value, dict) else place.value
        if isinstance(uri, str) and uri:
            return _with_commit(_located(uri), dependencies)
    return _only(dependencies)


def _build_v1(definition: Place) -> dict[str, str]:
    workflow = definition.get("externalParameters").down("workflow", "path")
    told = definition.down("internalParameters", "github")
    return {
        WORKFLOW: workflow.optional_text(),
        TRIGGER: told.down("event_name").optional_text(),
        RUNNER: told.down("runner_environment").optional_text(),
    }


def _build_v02(invocation: Place) -> dict[str, str]:
    environment = invocation.down("environment")
    return {
        WORKFLOW: invocation.down("configSource", "entryPoint").optional_text(),
        TRIGGER: _first(environment, _TRIGGERS),
        RUNNER: _first(environment, _RUNNERS),
    }


def _first(place: Place, keys: Iterable[str]) -> str:
    return next((text for key in keys if (text := place.down(key).optional_text())), "")


def _source_v02(root: Place) -> _Source:
    materials = list(_git_sources(root.get("materials")))
    config = root.down("invocation", "configSource")
    stated = "" if config.absent else config.get("uri").optional_text()
    if not stated:
        return _only(materials)
    source = _located(stated)
    return _with_commit(_Source(source.repository, source.ref, _commit(config.get("digest"))), materials)


def _git_sources(listed: Place) -> Iterator[_Source]:
    """Go through the entries that are git repositories at a commit."""
    for entry in [] if listed.absent else listed.items():
        commit = _commit(entry.get("digest"))
        uri = entry.get("uri").optional_text()
        if uri and commit:
            source = _located(uri)
            yield _Source(source.repository, source.ref, commit)


def _commit(digest: Place) -> str:
    """Return the git commit of a digest set (`gitCommit`, or `sha1` before v1); empty when it has none."""
    if digest.absent:
        return ""
    for name in ("gitCommit", "sha1"):
        place = digest.get(name)
        if not place.absent:
            if not _COMMIT.fullmatch(place.text()):
                raise place.refuse("is not a git commit")
            return place.text()
    return ""


def _only(sources: list[_Source]) -> _Source:
    """Return the one source; with several, nobody says which of them was built."""
    repositories = {source.repository for source in sources}
    refs = {source.ref for source in sources}
    if len(repositories) != 1:
        return _Source()
    return _with_commit(_Source(repositories.pop(), refs.pop() if len(refs) == 1 else ""), sources)


def _with_commit(source: _Source, listed: list[_Source]) -> _Source:
    commits = {entry.commit for entry in listed if entry.repository == source.repository}
    # Two commits of the same repository: it is not told which one was built.
    commit = source.commit or (commits.pop() if len(commits) == 1 else "")
    return _Source(source.repository, source.ref, commit)


def _located(uri: str, ref: str = "") -> _Source:
    """Split `git+https://host/path@ref`; user information is dropped, for it may hold a token."""
    match = _SOURCE.fullmatch(uri)
    if match is None:
        # `git@host:path` and other forms without a scheme are kept as they stand, without what precedes an @.
        return _Source(uri if uri.startswith("pkg:") else uri.rpartition("@")[2].removesuffix(".git"), ref)
    path = (match["path"] or "").rstrip("/").removesuffix(".git")
    return _Source(f"{match['scheme']}://{match['host'].lower()}{path}", ref or match["ref"] or "")
