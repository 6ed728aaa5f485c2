"""The policy: one file of the base branch (and the organisation's floor), from text to judgement.

`Policy` is the only door. It is made of texts that others read, and everything it decides is decided from values.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.core.assessment import AssessedChange, DemandState, PolicyIdentity, ReviewDemand, Standing
from app.core.attestation import Conclusion, Elsewhere, Evidence, PublicKey, TrustedStatement, Word
from app.core.errors import PolicyError
from app.core.exploited import ExploitLists
from app.core.inventory import UnreadablePlace
from app.core.oci import Descriptor, ImageName
from app.core.policy_edit import PolicyEdit
from app.core.posture import Posture
from app.core.pull_request import Asked, FloorState, Place
from app.core.verdict import Finding, Mode, Outcome, worst_first
from app.policy.document import Document
from app.policy.effect.floors import weaker_than
from app.policy.files import PATH, KeyFiles, PolicyFiles, ProposedFile
from app.policy.floor import InForce, both_floors, combine
from app.policy.reading import read
from app.policy.reading.signers import KeyRing
from app.policy.reviews import Need, ReviewCase, asked, compared, demand, governs, needs, revisited
from app.policy.rules import Heed, incomplete_finding, judge_change, unreadable_finding
from app.policy.rules.outside import Outside
from app.policy.rules.weaker_policy import weaker_findings
from app.policy.scopes import Scope, matching
from app.policy.standing import FLOOR_PATH, OPERATOR_PATH, fault, notices, standing
from app.policy.trust import authored, conclude, trusted, worst_of
from app.policy.views import read_views, views
from app.policy.waiver_terms import WaiverTerms
from app.policy.waivers import Waivers, is_waiver
from app.policy.waivers import faults as waiver_faults
from app.policy.waiving import fault_finding, recheck_at, waivers_of
from app.policy.waiving import notices as waiver_notices
from app.policy.wanted import Wanted

__all__ = ["PATH", "KeyFiles", "Policy", "PolicyFiles", "ProposedFile", "ReviewCase"]


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy that judges, or says nothing (SILENT), or is only proposed.

    `proposed_errors` are the faults (`path:line: sentence`) of the policy file that the change itself proposes.
    `notices` are sentences worth saying that no rule made.
    """

    standing: Standing
    identity: PolicyIdentity
    in_force: InForce = field(default_factory=InForce)
    proposed_errors: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    removes_policy: bool = False
    waivers: Waivers = field(default_factory=Waivers)
    waiver_errors: tuple[PolicyError, ...] = ()

    @classmethod
    def needs(cls, text: str | None) -> frozenset[str]:
        """Return the key files that a policy text names, to be read from the same commit; empty for a broken text."""
        return frozenset() if text is None else read(text, PATH, KeyRing(None))[0].key_paths

    @classmethod
    def errors(cls, text: str, keys: KeyFiles | None, *, path: str = PATH, floor: bool = False) -> tuple[str, ...]:
        """Return every fault of a text as `path:line: sentence`; with `keys` `None` key files are not checked."""
        return tuple(str(error) for error in cls.faults(text, keys, path=path, floor=floor))

    @classmethod
    def faults(
        cls, text: str, keys: KeyFiles | None, *, path: str = PATH, floor: bool = False
    ) -> tuple[PolicyError, ...]:
        """Return every fault of a text with its place; with `keys` `None` key files are not checked."""
        return tuple(read(text, path, KeyRing(keys, inline_only=floor))[1])

    @classmethod
    def parse(cls, files: PolicyFiles) -> Policy:
        """Make the policy that judges; raises `PolicyError` when it is broken, gone, or its floor must be had."""
        wrong = fault(files)
        if wrong is not None:
            raise PolicyError(wrong[1], path=wrong[0])
        known: dict[str, str] = {}
        own = None if files.own is None else _sound(files.own, files.path, KeyRing(files.keys, known=known))
        text = files.floor.text if files.floor.state is FloorState.PRESENT else None
        floor = None if text is None else _sound(text, FLOOR_PATH, KeyRing({}, inline_only=True, known=known))
        operator = _operator_floor(files.operator_floor, known)
        floors = both_floors(floor, operator)
        in_force = combine(own, floors)
        waivers, waiver_errors = waivers_of(files, own, floors)
        path = None if own is None else files.path
        floor_commit = None if floor is None else files.floor.commit
        return cls(
            standing(files),
            PolicyIdentity(files.commit, path, floor_commit, in_force.mode, _digest(files.own), _digest(text)),
            in_force,
            _proposed_errors(files),
            (*notices(files), *in_force.notices, *_weaker(files, own, (floor, operator))),
            removes_policy=own is not None and files.proposed is not None and files.proposed.deleted,
            waivers=waivers,
            waiver_errors=waiver_errors,
        )

    @classmethod
    def heeds(cls, text: str | None) -> WaiverTerms:
        """Return what a policy text says of waivers; nothing for a broken text."""
        return WaiverTerms() if text is None else read(text, PATH, KeyRing(None))[0].waivers

    def notices_of(self, findings: Iterable[Finding], at: datetime) -> tuple[str, ...]:
        """Return sentences worth saying about findings that were made at a moment."""
        return waiver_notices(findings, at)

    def recheck_at(self, findings: Iterable[Finding]) -> datetime | None:
        """Return when the verdict may next change by itself; `None` for never."""
        return recheck_at(findings)

    @property
    def mode(self) -> Mode:
        """The mode of what belongs to no scope."""
        return self.in_force.mode

    @property
    def keys(self) -> tuple[PublicKey, ...]:
        """The public keys that a verifier must know."""
        return self.in_force.keys

    def trust(self, evidence: Evidence) -> tuple[TrustedStatement, ...]:
        """Return the proved statements that count for this image."""
        return trusted(evidence, self._matching(evidence))

    def postures(
        self, evidence: Evidence, platforms: Iterable[Descriptor], lists: ExploitLists | None = None
    ) -> tuple[Posture, Mapping[str, Posture]]:
        """Read what counts for this image: as it is shown, and as scopes read it that read it otherwise, by key.

        `lists` are the operator's, of what is known to be exploited; `None` when there are none.
        """
        found = views(evidence, self._matching(evidence), lists or ExploitLists())
        return read_views(found, self.trust(evidence), platforms)

    def reads(self, evidence: Evidence) -> bool:
        """Say whether anything of this evidence is read: by a rule, or as VEX."""
        authors = any(authored(evidence, scope.vex) for scope in self._matching(evidence))
        return authors or bool(self.trust(evidence))

    def conclude(self, evidence: Evidence) -> tuple[Conclusion, tuple[Conclusion, ...]]:
        """Return the word for the signature, and one for each attestation that is asked, sorted by what is asked."""
        scopes = self._matching(evidence)
        wanted = [Wanted.signature_of(scope) for scope in scopes if scope.signature]
        signature = worst_of(conclude(evidence, one) for one in wanted)
        if signature is None:
            reason = "no scope that matches asks for a signature" if scopes else "no scope of the policy matches"
            signature = Conclusion("signature", Word.NOT_REQUIRED, reason)
        asked = [Wanted(one.alias, one.types, one.signers) for scope in scopes for one in scope.attestations]
        by_what = {what: [one for one in asked if one.what == what] for what in sorted({one.what for one in asked})}
        found = [worst_of(conclude(evidence, one) for one in same) for same in by_what.values()]
        return signature, tuple(one for one in found if one is not None)

    def elsewhere(self, name: ImageName) -> Elsewhere:
        """Return where matching scopes say that evidence of an image lies besides its own repository."""
        places = [scope.elsewhere for scope in matching(self.in_force.scopes, name)]
        return Elsewhere(
            tuple(sorted({one for place in places for one in place.repositories})),
            tuple(sorted({one for place in places for one in place.github})),
        )

    def reads_each_platform(self, name: ImageName) -> bool:
        """Say whether a matching scope limits what every platform of an image says of itself."""
        return any(scope.reads_each_platform for scope in matching(self.in_force.scopes, name))

    def lacks(self, evidence: Evidence) -> bool:
        """Say whether more evidence could still matter: something asked is not verified, or a limit has no measure."""
        signature, attestations = self.conclude(evidence)
        if any(one.word not in {Word.VERIFIED, Word.NOT_REQUIRED} for one in (signature, *attestations)):
            return True
        held = {one.statement.predicate_type for one in self.trust(evidence)}
        return any(not held & scope.yielding(key) for scope in self._matching(evidence) for key in scope.limited)

    def judge(
        self,
        changes: Iterable[AssessedChange],
        unreadable: Iterable[UnreadablePlace],
        *,
        at: datetime,
        missing: Iterable[str] = (),
    ) -> tuple[Finding, ...]:
        """Judge every change, and say what could not be read; the worst first. `at` is the time of the assessment.

        `missing` says, in words, what of the pull request itself could not be read: it never passes (AT-146).
        """
        findings = [_proposed_finding(error) for error in self.proposed_errors]
        if self.standing is Standing.IN_FORCE:
            policy = self.in_force
            modes = tuple(scope.mode for scope in policy.scopes)
            outside = Outside(policy.unmatched, policy.mode, modes, policy.floor_unmatched)
            heed = Heed(self.waivers, at)
            findings += [one for change in changes for one in judge_change(change, policy.scopes, outside, heed)]
            findings += [unreadable_finding(place, policy.mode, policy.unresolved_sources) for place in unreadable]
            findings += [incomplete_finding(what) for what in missing]
            findings += [fault_finding(error) for error in self.waiver_errors]
        return worst_first(findings)

    def judge_edits(self, edits: Iterable[PolicyEdit]) -> tuple[Finding, ...]:
        """Ask for a person for each policy of the cluster that gets weaker, or of which that cannot be told."""
        return weaker_findings(edits, self.mode) if self._judges else ()

    def governs(self, path: str) -> bool:
        """Say whether people must approve any change at a path, whatever it is."""
        return governs(self.in_force, path)

    def demanding(self, case: ReviewCase) -> ReviewCase:
        """Return the case with what is demanded, which depends on the pull request and what was found in it only."""
        return replace(case, needs=self._needs(case))

    def asks(self, case: ReviewCase) -> Asked:
        """Return the teams and people that must be known to judge the reviews."""
        return asked(self._needs(case), case)

    def revisits(self, case: ReviewCase) -> tuple[str, ...]:
        """Return the commits besides the head whose approval may still count; for this the people must be known."""
        return revisited(self._needs(case), case)

    def compares(self, case: ReviewCase) -> tuple[Place, ...]:
        """Return the places to be read to compare what was approved; for this the reviewed commits must be known."""
        return compared(self._needs(case), case)

    def judge_reviews(self, case: ReviewCase) -> tuple[ReviewDemand, ...]:
        """Return every demand for reviewers and where it stands."""
        if self.standing is Standing.PROPOSED and self.proposed_errors:
            reason = "the policy that this change adds is not valid"
            return (
                ReviewDemand("policy file", reason, (PATH,), 0, "", (), DemandState.ERROR, self.proposed_errors[0]),
            )
        found = tuple(demand(need, case) for need in self._needs(case))
        quiet = case.pull.draft or not self.in_force.request_reviewers
        return tuple(replace(one, ask=()) for one in found) if quiet else found

    def _needs(self, case: ReviewCase) -> tuple[Need, ...]:
        if case.needs is not None:
            return case.needs
        return needs(self.in_force, case) if self._judges else ()

    @property
    def _judges(self) -> bool:
        return self.standing is Standing.IN_FORCE

    def _matching(self, evidence: Evidence) -> tuple[Scope, ...]:
        return matching(self.in_force.scopes, evidence.reference.name)


def _digest(text: str | None) -> str:
    return "" if text is None else hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _sound(text: str, path: str, ring: KeyRing) -> Document:
    document, errors = read(text, path, ring)
    if errors:
        more = f" (and {len(errors) - 1} more: `assay validate` shows all)" if len(errors) > 1 else ""
        raise PolicyError(f"{errors[0].sentence}{more}", path=path, line=errors[0].line)
    return document


def _proposed_errors(files: PolicyFiles) -> tuple[str, ...]:
    return (*_own_errors(files), *(str(error) for error in waiver_faults(files.proposed_waivers)))


def _operator_floor(text: str | None, known: MutableMapping[str, str]) -> Document | None:
    ring = KeyRing({}, inline_only=True, owner="operator", known=known)
    return None if text is None else _sound(text, OPERATOR_PATH, ring)


def _weaker(files: PolicyFiles, own: Document | None, floors: tuple[Document | None, ...]) -> tuple[str, ...]:
    texts = (files.floor.text, files.operator_floor)
    pairs = zip(floors, texts, strict=True)
    known = [(floor, text) for floor, text in pairs if floor is not None and text is not None]
    if own is None or files.own is None or not known:
        return ()
    return tuple(dict.fromkeys(one for floor in known for one in weaker_than(floor, (own, files.own))))


def _own_errors(files: PolicyFiles) -> tuple[str, ...]:
    proposed = files.proposed
    if proposed is None or proposed.deleted:
        return ()
    if proposed.text is None:
        return (f"{files.path}: the file cannot be read: {proposed.problem or 'it is no text'}",)
    return Policy.errors(proposed.text, proposed.keys, path=files.path)


def _proposed_finding(error: str) -> Finding:
    waiver = is_waiver(error.partition(":")[0])
    what, then = ("waiver", "waive nothing") if waiver else ("policy file", "judge nothing any more")
    remedy = f"Correct the {what} in this pull request: merged like this, it would {then}."
    return Finding(Outcome.INCOMPLETE, error.partition(":")[0], "policy file", error, remedy, hard=True)
