"""Change accepted bundles in one field each and compare the answers: `python -m bench.differential`.

    python -m bench.differential [--mutations 10000] [--seed 1]

The bundles are the real ones in the folder of real data beside the checkout and those of the private Sigstore, all that
both can read. Each mutation touches one field: its value, its type, its spelling, its place, or another beside it; the
log entry's body, the checkpoint's lines and the certificate's bytes are opened for that. Three answers are compared:
that of our own steps, that of sigstore-python, and the Verifier's, which needs both unless a reviewed entry of
`known_refusals.py` explains why sigstore-python is wrong.

Printed are the counts and every class of disagreement with its explanation. Exit code 1 when a class has none, when
sigstore-python refuses what the Verifier accepts without a reviewed entry, or when anything raised.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.adapters.sigstore_verifier import SigstoreVerifier
from app.adapters.sigstore_verifier.bundle import read_bundle
from app.adapters.sigstore_verifier.keys import Digested
from app.adapters.sigstore_verifier.known_refusals import KNOWN_WRONG_REFUSALS
from app.adapters.sigstore_verifier.material import Artifact
from app.adapters.sigstore_verifier.oracle import Oracle
from app.adapters.sigstore_verifier.reasons import Refused
from app.adapters.sigstore_verifier.second_opinion import can_judge
from app.core.attestation import Rejection
from app.core.oci import Digest
from bench.bundle_mutations import Mutated, mutations
from bench.own_steps import own_steps
from tests.adapters.sigstore_verifier import making
from tests.adapters.sigstore_verifier.cases import cases
from tests.adapters.sigstore_verifier.cases import now as today

ACCEPTED = "accepts"


@dataclass(frozen=True, slots=True)
class Judges:
    """Who judges under one trusted root: our own steps alone, the whole Verifier, and sigstore-python."""

    own: SigstoreVerifier
    whole: SigstoreVerifier
    oracle: Oracle


@dataclass(frozen=True, slots=True)
class Base:
    """An accepted bundle; `artifact` is the digest of what it speaks of, `signs_file` says how."""

    name: str
    content: bytes
    artifact: str
    judges: Judges
    signs_file: bool = False


@dataclass(frozen=True, slots=True)
class Answers:
    """The three answers about one mutation: a code, or sigstore-python's text, or that it accepts."""

    mutated: Mutated
    own: str
    whole: str
    theirs: str


def judges(root: bytes, now: Callable[[], datetime]) -> Judges | None:
    oracle = Oracle.load(root)
    if oracle is None:
        return None
    return Judges(own_steps(root, now), SigstoreVerifier(root, now), oracle)


def real_bases() -> Iterator[Base]:
    known: dict[bytes, Judges | None] = {}
    for case in cases():
        if case.layer is None and case.accepted:
            if case.root not in known:
                known[case.root] = judges(case.root, today)
            held = known[case.root]
            if held is not None and (base := readable(Base(case.id, case.content, case.artifact, held))):
                yield base


def private_bases() -> Iterator[Base]:
    held = judges(making.ROOT, making.now)
    if held is None:
        raise SystemExit("sigstore-python cannot load the private Sigstore's trusted root")
    for form in making.KEYLESS:
        bundle = form.make()
        if bundle.annotations == {} and (base := readable(Base(form.name, bundle.content, str(making.IMAGE), held))):
            yield base
    file = making.SIGSTORE.sign_artifact(b"a file", making.SIGNER)
    if base := readable(Base("file, log 1", file, str(Digest.of(b"a file")), held)):
        yield base


def readable(base: Base) -> Base | None:
    """Return the base when sigstore-python can be asked about it."""
    material = read_bundle(base.content)
    signs_file = isinstance(material.signed, Artifact)
    algorithm, _, digits = base.artifact.partition(":")
    asked = Digested(algorithm, bytes.fromhex(digits)) if signs_file else None
    return replace(base, signs_file=signs_file) if can_judge(material, asked) else None


def answers(base: Base, mutated: Mutated) -> Answers:
    own = code(base.judges.own.verify_artifact(mutated.content, base.artifact, ()))
    theirs = second(base, mutated.content)
    # Without the acceptance of our own steps the second opinion is not even asked.
    whole = code(base.judges.whole.verify_artifact(mutated.content, base.artifact, ())) if own == ACCEPTED else own
    return Answers(mutated, own, whole, theirs)


def code(result: object) -> str:
    return result.code if isinstance(result, Rejection) else ACCEPTED


def second(base: Base, content: bytes) -> str:
    _, _, digits = base.artifact.partition(":")
    artifact = Digested("sha256", bytes.fromhex(digits)) if base.signs_file else None
    return base.judges.oracle.refusal(content, artifact) or ACCEPTED


@dataclass(frozen=True, slots=True)
class Rule:
    """Why two answers differ: what is answered, for which fields and which changes, and the reason."""

    answer: str
    fields: str
    changes: str
    why: str

    def explains(self, answer: str, mutated: Mutated) -> bool:
        """Say whether it is this rule."""
        pairs = ((self.answer, answer), (self.fields, mutated.field), (self.changes, mutated.change))
        return all(re.fullmatch(pattern, found, re.DOTALL) for pattern, found in pairs)


_BASE64 = (
    r".*(payload|sig|signature|digest|rawBytes|signedTimestamp|canonicalizedBody|signedEntryTimestamp"
    r"|hashes\.\*|rootHash|keyId)"
)
_NUMBER = r".*(logIndex|treeSize|integratedTime)"
STRICTER = (
    Rule("malformed", r".*", "key twice", "a key twice is two documents in one: parsers take different ones (AT-054)"),
    Rule("malformed", _BASE64, r".*", "one spelling of base64: sigstore-python drops junk and reads spare bits"),
    Rule(
        "malformed",
        _NUMBER,
        r".*",
        "one spelling of numbers: sigstore-python takes signs, spaces, line ends, fractions",
    ),
    Rule(
        "unknown-field|malformed",
        r".*",
        "a field renamed",
        "the names of JSON only; sigstore-python also takes those of protobuf",
    ),
    Rule(
        "log-unknown",
        r".*logId\.keyId",
        r".*",
        "the log by its whole ID; sigstore-python tries the key whose hint fits",
    ),
    Rule(
        "log-checkpoint-mismatch",
        r".*",
        r".*",
        "the checkpoint is of the proof's tree; sigstore-python compares no size",
    ),
    Rule(
        "log-checkpoint-malformed",
        r".*",
        r".*",
        "every line of a signed note is a signature line; sigstore-python skips others",
    ),
    Rule("log-checkpoint-invalid", r".*", r".*", "the log signs under its own name; sigstore-python ignores the name"),
    Rule(
        "log-promise-invalid",
        r".*tlogEntries.*",
        r".*",
        "a promise that is there is checked; sigstore-python ignores it beside a timestamp when the time is unset",
    ),
    Rule(
        "timestamp-.*|duplicate-timestamp",
        r".*",
        r".*",
        "every timestamp that is there is checked; sigstore-python skips bad ones",
    ),
)
"""Our own steps refuse what sigstore-python accepts."""

SECOND = (
    Rule(
        r"InvalidBundle: failed to load bundle.*",
        r".*(keyid|signatures\.\*|rfc3161Timestamps|inclusionPromise|signedEntryTimestamp|hashes|checkpoint)",
        r".*",
        "an unsigned hint of another type, or a field that is unset as protobuf may write it; refused all the same",
    ),
)
"""Our own steps accept, sigstore-python refuses, and so does the Verifier."""


def main() -> int:
    """Print counts and classes."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--mutations", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    groups = [group for group in (list(real_bases()), list(private_bases())) if group]
    report = compared(groups, chosen.mutations, chosen.seed)
    sizes = " real + ".join(str(len(group)) for group in groups)
    print(f"{chosen.mutations:,} mutations of {sizes} bundles of the private Sigstore, seed {chosen.seed}")
    return report.show()


def compared(groups: Sequence[Sequence[Base]], count: int, seed: int) -> Report:
    """Make mutations, of each group as many as of the others, and compare the answers."""
    dice, report = random.Random(seed), Report()
    for _ in range(count):
        base = dice.choice(dice.choice(groups))
        mutated = mutations(base.content, dice)
        try:
            report.add(answers(base, mutated))
        except Exception as error:  # noqa: BLE001 - the claim is that nothing gets here
            report.raised.append(f"{type(error).__name__}: {error}; {mutated.field}, {mutated.change}")
    return report


@dataclass(slots=True)
class Report:
    """Counts by answer and by class; what is wrong is kept word for word."""

    counts: Counter[str] = field(default_factory=Counter)
    classes: dict[tuple[str, str, str], Counter[str]] = field(default_factory=dict)
    unexplained: Counter[str] = field(default_factory=Counter)
    raised: list[str] = field(default_factory=list)
    leaked: int = 0

    def add(self, found: Answers) -> None:
        """Count one mutation."""
        own, theirs = found.own == ACCEPTED, found.theirs == ACCEPTED
        if found.own == "internal":
            self.raised.append(f"caught at the boundary: {found.mutated.field}, {found.mutated.change}")
        kind = found.theirs.partition(":")[0]
        self.leaked += not theirs and kind not in ("VerificationError", "InvalidBundle", "CertValidationError")
        if own and theirs:
            self.counts["both accept"] += 1
        elif not own and not theirs:
            self.counts["both refuse"] += 1
        elif theirs:
            self._explain("only sigstore-python accepts", found.own, _first(STRICTER, found.own, found.mutated), found)
        elif found.whole == ACCEPTED:
            self._explain("only the Verifier accepts", _short(found.theirs), known(found), found)
        else:
            why = _first(SECOND, found.theirs, found.mutated)
            self._explain("only our own steps accept, the Verifier does not", _short(found.theirs), why, found)

    def _explain(self, kind: str, answer: str, why: str | None, found: Answers) -> None:
        self.counts[kind] += 1
        if why is None:
            self.unexplained[f"{kind}: {answer}; {found.mutated.field}, {found.mutated.change}"] += 1
        else:
            self.classes.setdefault((kind, answer, why), Counter())[found.mutated.field.rpartition(".")[2]] += 1

    def show(self) -> int:
        """Print it; return the exit code."""
        for kind in sorted(self.counts):
            print(f"{self.counts[kind]:7,}  {kind}")
        print(f"{len(self.raised):7,}  exceptions of ours")
        print(f"{self.leaked:7,}  exceptions of sigstore-python of other kinds than its own, each a refusal")
        for (kind, answer, why), fields in sorted(self.classes.items()):
            listed = ", ".join(f"{name} {count}" for name, count in fields.most_common())
            print(f"\n{kind}: {answer} — {fields.total():,}\n  why: {why}\n  fields: {listed}")
        for line in [
            *(f"UNEXPLAINED {one} ({count})" for one, count in sorted(self.unexplained.items())),
            *self.raised,
        ]:
            print(line)
        return 1 if self.unexplained or self.raised else 0


def _first(rules: tuple[Rule, ...], answer: str, mutated: Mutated) -> str | None:
    return next((rule.why for rule in rules if rule.explains(answer, mutated)), None)


def _short(text: str) -> str:
    return " ".join(text.partition("\n")[0].split())[:90]


def known(found: Answers) -> str | None:
    """Return why the Verifier may accept what sigstore-python refuses."""
    try:
        material = read_bundle(found.mutated.content)
    except Refused:
        return None
    if material.entry is None:
        return "not asked: the entry is gone and a trusted timestamp proves the time, a form that it cannot read"
    if material.entry.proof is None:
        return "not asked: bundle 0.1 with the log's promise alone, a form that it cannot read"
    sources = [one.source for one in KNOWN_WRONG_REFUSALS if one.reason.fullmatch(found.theirs)]
    return f"known wrong refusal: {sources[0]}" if sources else None


if __name__ == "__main__":
    sys.exit(main())
