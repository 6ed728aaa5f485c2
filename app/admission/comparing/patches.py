"""Patches of kustomizations: what is merged into a policy, or takes it away, before it is applied.

The policy itself mostly lies elsewhere, so what a patch adds up to is known only where it plainly takes something away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from app.admission.base import Field, PolicyObject, at, text_at
from app.admission.comparing.held import Engines
from app.admission.comparing.kustomization import Kustomization, Patch
from app.admission.comparing.sides import Files
from app.core.inventory import ObjectReference
from app.core.policy_edit import Effect, PolicyEdit
from app.core.tree import File

_KINDS = re.compile(
    r"(Cluster)?(Policy|CleanupPolicy|ImagePolicy)|.*PolicyException|(Validating|Mutating)(AdmissionPolicy(Binding)?"
    r"|WebhookConfiguration)|(Namespaced)?(ImageValidating|Validating|Mutating|Generating|Deleting)Policy"
    r"|TrustRoot|ConstraintTemplate|K8s.*|NetworkPolicy|Verifier|(Namespaced)?KeyManagementProvider"
)
_DELETES = re.compile(r"^\s*-?\s*\$patch\s*:\s*[\"']?delete", re.MULTILINE)


def patch_paths(*sides: Files) -> frozenset[str]:
    """Return the files that known kustomizations use as patches."""
    found = (overlay for files in sides for overlay in files.overlays())
    return frozenset(patch.path for one in found for patch in one.patches if patch.path)


def is_patch(found: PolicyObject | None, paths: frozenset[str]) -> bool:
    """Say whether an object is merged into another one: its file is used so, or it says so."""
    return found is not None and (found.path in paths or at(found.data, "$patch") is not None)


def patch_edits(engines: Engines, old: PolicyObject | None, new: PolicyObject | None) -> Iterator[PolicyEdit]:
    """Return the edits of an object that is a patch: what is not plainly weaker cannot be told."""
    field = Field.of(old, new)
    known = new or old
    if known is None or not field.changed:
        return
    if old is None or new is None:
        yield _whole(field, known, deletes=new is not None and text_at(new.data, "$patch") == "delete")
        return
    engine = engines.claiming(known.reference)
    for edit in () if engine is None else engine.compare(old, new):
        weaker = edit.effect is Effect.WEAKER
        sentence = edit.sentence if weaker else "a patch of a policy changed: what it is merged into decides"
        yield replace(edit, effect=Effect.WEAKER if weaker else Effect.CANNOT_TELL, sentence=sentence)


def _whole(field: Field, known: PolicyObject, *, deletes: bool) -> PolicyEdit:
    if deletes and not known.reference.kind.endswith("Exception"):
        return field.weaker("a patch takes the policy out of what is applied")
    return field.cannot_tell("a patch of a policy is new" if field.before is None else "a patch of a policy is gone")


def listed_edits(
    engines: Engines, old: Kustomization | None, new: Kustomization | None, files: tuple[Files, Files]
) -> Iterator[PolicyEdit]:
    """Return the edits of patches that a kustomization came to list, or lists no more.

    Those in files that changed themselves are told there.
    """
    before, after = (one.patches if one is not None else () for one in (old, new))
    for patch in after:
        if new is not None and patch not in before:
            yield from _added(engines, new.path, patch, files[1])
    for patch in before:
        if old is not None and patch not in after:
            with_all = new is None and _deletes(patch, files[0])
            effect = Effect.NEUTRAL if with_all else Effect.CANNOT_TELL
            said = "the policy was not applied, and what it was taken out of is gone"
            said = said if with_all else "a patch of the policy is no longer applied"
            for target in _targets(engines, patch, files[0]):
                yield PolicyEdit(old.path, target, "patches", patch.shown, None, effect, said, patch.line)


def _added(engines: Engines, path: str, patch: Patch, files: Files) -> Iterator[PolicyEdit]:
    deletes = _deletes(patch, files)
    for target in _targets(engines, patch, files):
        said = "another patch of the policy is applied"
        known = PolicyEdit(path, target, "patches", None, patch.shown, Effect.CANNOT_TELL, said, patch.line)
        if deletes and not target.kind.endswith("Exception"):
            known = replace(known, effect=Effect.WEAKER, sentence="a patch takes the policy out of what is applied")
        yield known


def _deletes(patch: Patch, files: Files) -> bool:
    return _DELETES.search(_text(patch, files)) is not None


def _text(patch: Patch, files: Files) -> str:
    return patch.text or files.text(patch.path)


def _targets(engines: Engines, patch: Patch, files: Files) -> Iterator[ObjectReference]:
    """Return the policies that a patch names: by its target, or as the object that it is a part of."""
    kind = text_at(patch.target, "kind")
    if kind:
        group, version = text_at(patch.target, "group"), text_at(patch.target, "version") or "v1"
        api = f"{group}/{version}" if group else version
        named = ObjectReference(api, kind, text_at(patch.target, "namespace"), text_at(patch.target, "name"))
        if engines.claiming(named) is not None or (not group and _KINDS.fullmatch(kind)):
            yield named
        return
    yield from (one.reference for one in engines.held(File(patch.path, _text(patch, files))).policies)
