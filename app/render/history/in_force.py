"""What was in force at one time: the policies with their effect, the images with their digests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.core.history import InForce, PolicyInForce
from app.core.inventory import ImageUse, ImageVersion
from app.render.document import Json, object_of, text
from app.render.history import marks
from app.render.history.documents import gap_document, gap_line
from app.render.history.scope import AS_DECLARED
from app.render.markdown import bullets, code, name, prose, row, table
from app.render.plain import counted, visible

IN_FORCE: Final = "assay.in-force/v1"
UNSAID: Final = "not said"
SKEWED: Final = " (dated before a parent: a clock was wrong)"
_FIRST: Final = 100


@dataclass(frozen=True, slots=True)
class Moment:
    """What was asked: which repository, how the time or commit was written, and in words what was asked for only."""

    repository: str
    asked: str
    found: InForce
    filters: tuple[str, ...] = ()


def in_force_json(moment: Moment) -> str:
    """Write the document `assay.in-force/v1`."""
    found = moment.found
    document: Json = {
        "schema": IN_FORCE,
        "repository": moment.repository,
        "asked": moment.asked,
        "commit": found.facts.commit,
        "committed_at": found.facts.committed_at.isoformat(),
        "subject": found.facts.subject,
        "skewed": found.facts.skewed,
        "filters": list(moment.filters),
        "policies": [
            {"path": one.path, "line": one.line, "resource": object_of(one.resource), "action": one.action or None}
            for one in found.policies
        ],
        "images": [_image(uses) for uses in _images(found)],
        "gaps": [gap_document(one) for one in found.gaps],
        "complete": not found.gaps,
        "limits": [AS_DECLARED],
    }
    return text(document)


def in_force_text(moment: Moment) -> str:
    """Write it for a terminal."""
    return "".join(f"{visible(line)}\n" for line in _lines(moment))


def in_force_markdown(moment: Moment) -> str:
    """Write it for people."""
    found = moment.found
    parts = [
        f"# In force at {code(moment.asked)}",
        f"{code(moment.repository)}, {_commit(found)}",
        *([f"Only {', '.join(map(prose, moment.filters))}."] if moment.filters else []),
        AS_DECLARED,
        "## Policies",
        table(("Policy", "Action", "File"), [_policy_row(one) for one in found.policies])
        if found.policies
        else "No policy.",
        "## Images",
        table(("Image", "Version", "Used in"), [_image_row(uses) for uses in _images(found)])
        if found.images
        else "No image.",
        "## Gaps",
        bullets([code(gap_line(one)) for one in found.gaps], _FIRST) if found.gaps else "Everything was read.",
    ]
    return "\n\n".join(parts) + "\n"


def _lines(moment: Moment) -> Iterator[str]:
    found = moment.found
    at = marks.minute(found.facts.committed_at)
    yield f"in force at {moment.asked}: commit {found.facts.commit} of {at}{SKEWED if found.facts.skewed else ''}"
    if moment.filters:
        yield f"only {', '.join(moment.filters)}"
    yield f"{counted(len(found.policies), 'policy', 'policies')}"
    for policy in found.policies:
        yield f"  {_named(policy)}: {policy.action or UNSAID}  {policy.path}:{policy.line}"
    images = _images(found)
    yield f"{counted(len(images), 'image')}"
    for uses in images:
        yield f"  {_reference(uses[0])}  {_places(uses)}"
    yield from (f"not read: {gap_line(gap)}" for gap in found.gaps)


def _images(found: InForce) -> tuple[tuple[ImageUse, ...], ...]:
    """Return the uses of each image together, by what they refer to."""
    groups: dict[tuple[str, str], list[ImageUse]] = {}
    for use in found.images:
        groups.setdefault((_reference(use), use.artifact.value), []).append(use)
    return tuple(tuple(uses) for _, uses in sorted(groups.items()))


def _image(uses: tuple[ImageUse, ...]) -> Mapping[str, object]:
    first = uses[0]
    return {
        "repository": None if first.name is None else str(first.name),
        "tag": first.tag,
        "digest": None if first.digest is None else str(first.digest),
        "artifact": first.artifact.value,
        "uses": [
            {"path": use.path, "line": use.line, "format": use.format, "object": object_of(use.object)} for use in uses
        ],
    }


def _reference(use: ImageUse) -> str:
    if use.reference is not None:
        return str(use.reference)
    return f"(no repository) {ImageVersion(use.tag, use.digest)}"


def _places(uses: tuple[ImageUse, ...]) -> str:
    more = f" and {len(uses) - 1} more" if len(uses) > 1 else ""
    return f"{uses[0].path}:{uses[0].line}{more}"


def _commit(found: InForce) -> str:
    at = marks.minute(found.facts.committed_at)
    at += SKEWED if found.facts.skewed else ""
    return f"commit {code(found.facts.commit)} of {at}: {code(found.facts.subject)}"


def _named(policy: PolicyInForce) -> str:
    resource = policy.resource
    where = f"{resource.namespace}/" if resource.namespace else ""
    return f"{resource.kind} {where}{resource.name}".strip() or policy.path


def _policy_row(policy: PolicyInForce) -> str:
    return row(name(_named(policy)), prose(policy.action or UNSAID), name(f"{policy.path}:{policy.line}"))


def _image_row(uses: tuple[ImageUse, ...]) -> str:
    use = uses[0]
    image = name(str(use.name)) if use.name is not None else "no repository"
    version = code(str(ImageVersion(use.tag, use.digest)), 120)
    return row(image, version, name(_places(uses)))
