"""Whether the verdict holds a merge at all, said to people; a gate that is wired is not mentioned."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.gate import Gate, ReviewRules, Wired
from app.render.markdown import bullets, code, fold, prose
from app.render.plain import counted

Json = Mapping[str, object]


def gate_notice(gate: Gate | None) -> str:
    """Write one line for the comment: what does not hold the merge; empty when all does, or nothing is known."""
    if gate is None:
        return ""
    by_word = {word: [context for context, wired in gate.contexts if wired is word] for word in Wired}
    loose, another = by_word[Wired.NOT], by_word[Wired.ANOTHER]
    if loose:
        named = " and ".join(code(context) for context in loose)
        which = "this verdict does not" if len(loose) == len(gate.contexts) else "it does not"
        return f"⚠️ No rule of this branch requires {named}: {which} block the merge."
    if another:
        named = " and ".join(code(context) for context in another)
        return f"⚠️ A rule of this branch expects {named} from another App: it does not wait for this verdict."
    anybody = by_word[Wired.ANYBODY]
    if anybody:
        named = " and ".join(code(context) for context in anybody)
        return f"⚠️ Anybody with write access can set {named}: make this App the expected source in the rule."
    if gate.bypass.actors:
        return f"⚠️ This verdict can be bypassed by {', '.join(gate.bypass.actors)}: a rule of this branch lets them."
    return ""


def gate_fold(gate: Gate | None) -> str:
    """Fold everything about the gate below its notice; empty where there is no notice."""
    if gate is None or not gate_notice(gate):
        return ""
    sentences = gate_sentences(gate)
    return fold("<b>How the gate is wired</b>", bullets([f"{one}." for one in sentences], len(sentences)))


def gate_document(gate: Gate | None) -> Json | None:
    """Return what is known of the gate for JSON; `None` where nobody asked."""
    if gate is None:
        return None
    return {
        "contexts": [{"context": context, "required": wired.value} for context, wired in gate.contexts],
        "bypass": "unknown" if gate.bypass.actors is None else list(gate.bypass.actors),
        "app_may_bypass": gate.bypass.own_app,
        "reviews": _reviews_document(gate.reviews),
        "policy_governed": True,
        "unknown": gate.unknown or None,
    }


def _reviews_document(reviews: ReviewRules | None) -> Json | None:
    if reviews is None:
        return None
    return {
        "approvals": reviews.approvals,
        "dismiss_stale": reviews.dismisses_stale,
        "last_push": reviews.last_push,
    }


def gate_sentences(gate: Gate) -> list[str]:
    """Say everything that is known of the gate, and what is not, in sentences of Markdown."""
    return [
        *(f"{code(context)}: {wired.value}" for context, wired in gate.contexts),
        _bypass(gate),
        _reviews(gate.reviews, gate.unknown),
        "The policy file is governed: its change needs an approval of somebody who maintains the repository",
        *((f"There may be more rules: {prose(gate.unknown.rstrip('.'))}",) if gate.unknown else ()),
    ]


def _bypass(gate: Gate) -> str:
    bypass = gate.bypass
    own = "; this App may" if bypass.own_app else ""
    if bypass.actors is None:
        return f"Who may bypass the rule is not shown to Apps without administration{own}"
    if not bypass.actors:
        return f"Nobody may bypass the rule{own}"
    return f"The rule may be bypassed by {', '.join(bypass.actors)}{own}"


def _reviews(reviews: ReviewRules | None, unknown: str) -> str:
    ours = "here an approval counts for the contents that were approved, whatever GitHub does"
    if reviews is None:
        known = "No ruleset that could be read asks" if unknown else "No ruleset asks"
        return f"{known} for GitHub's own approvals; {ours}"
    stale = "dismisses" if reviews.dismisses_stale else "does not dismiss"
    push = "is" if reviews.last_push else "is not"
    return (
        f"GitHub asks for {counted(reviews.approvals, 'approval')} and {stale} those from before a push; "
        f"another person's approval of the last push {push} required; {ours}"
    )
