"""The edits of policies between two commits: what is read for them, and how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app import admission
from app.core.policy_edit import Effect
from app.core.tree import ChangedFile, File, FileStatus
from app.jobs.policy_edits import MAX_AROUND, MAX_READ, Within, read_edits

POLICY = """\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: probes}
spec:
  validationFailureAction: Enforce
  rules:
    - name: probes
      match: {any: [{resources: {kinds: [Pod]}}]}
      validate: {pattern: {spec: {hostNetwork: false}}}
"""
AUDITED = POLICY.replace("Enforce", "Audit")


class Source:
    """Two trees that remember what was asked."""

    def __init__(self, base: Mapping[str, str], head: Mapping[str, str]) -> None:
        self.trees = {"base": base, "head": head}
        self.asked: list[tuple[str, str]] = []

    def read(self, commit: str, paths: Sequence[str]) -> Mapping[str, File]:
        self.asked += [(commit, path) for path in paths]
        return {path: File(path, self.trees[commit][path]) for path in paths if path in self.trees[commit]}

    def changed(self) -> list[ChangedFile]:
        base, head = self.trees["base"], self.trees["head"]
        found = []
        for path in sorted({*base, *head}):
            if base.get(path) != head.get(path):
                there = (path in base, path in head)
                statuses = {(True, True): FileStatus.MODIFIED, (True, False): FileStatus.REMOVED}
                found.append(ChangedFile(path, statuses.get(there, FileStatus.ADDED)))
        return found


def effects(source: Source) -> list[tuple[str, str, Effect]]:
    found = read_edits(source, source.changed(), ("base", "head"))  # type: ignore[arg-type]  # reads are all it needs
    return [(edit.path, edit.field, edit.effect) for edit in found]


def test_both_sides_are_compared() -> None:
    source = Source({"a.yaml": POLICY}, {"a.yaml": AUDITED})
    assert effects(source) == [("a.yaml", "spec.validationFailureAction", Effect.WEAKER)]


def test_a_policy_that_is_renamed_out_of_what_is_read_is_gone() -> None:
    source = Source({"a.yaml": POLICY}, {"a.yaml.disabled": POLICY})
    renamed = [ChangedFile("a.yaml.disabled", FileStatus.RENAMED, "a.yaml")]
    found = read_edits(source, renamed, ("base", "head"))  # type: ignore[arg-type]  # reads are all it needs
    assert [(edit.path, edit.effect) for edit in found] == [("a.yaml", Effect.WEAKER)]


def test_what_an_overlay_drops_is_read_where_it_stays() -> None:
    kept = {"base/p.yaml": POLICY, "base/kustomization.yaml": "resources: [p.yaml]\n"}
    source = Source(
        {**kept, "prod/kustomization.yaml": "resources: [../base]\n"},
        {**kept, "prod/kustomization.yaml": "resources: []\n"},
    )
    assert effects(source) == [("prod/kustomization.yaml", "resources", Effect.WEAKER)]


def test_what_a_file_holds_is_asked_once() -> None:
    kept = {"base/p.yaml": POLICY, "base/kustomization.yaml": "resources: [p.yaml]\n"}
    source = Source(
        {**kept, "prod/kustomization.yaml": "resources: [../base]\n"},
        {**kept, "prod/kustomization.yaml": "resources: []\n"},
    )
    asked: list[File] = []

    def look(file: File) -> admission.Held:
        asked.append(file)
        return admission.held(file)

    found = read_edits(source, source.changed(), ("base", "head"), look)  # type: ignore[arg-type]  # reads are all it needs
    assert [edit.effect for edit in found] == [Effect.WEAKER]
    assert len(asked) == len(set(asked))


def test_nothing_is_read_twice() -> None:
    kept = {"base/p.yaml": POLICY, "base/kustomization.yaml": "resources: [p.yaml]\n"}
    source = Source(
        {**kept, "prod/kustomization.yaml": "resources: [../base]\n"},
        {**kept, "prod/kustomization.yaml": "resources: []\n"},
    )
    effects(source)
    assert len(source.asked) == len(set(source.asked))


def test_a_change_without_policies_reads_nothing_besides() -> None:
    source = Source({"a.yaml": "a: 1\n", "b.md": "x"}, {"a.yaml": "a: 2\n", "b.md": "y"})
    effects(source)
    assert source.asked == [("base", "a.yaml"), ("head", "a.yaml")]


def test_so_many_files_are_read_besides_and_no_more() -> None:
    listed = ", ".join(f"f{one}.yaml" for one in range(500))
    source = Source({"kustomization.yaml": f"resources: [{listed}]\n"}, {"kustomization.yaml": "resources: []\n"})
    found = effects(source)
    assert (len(source.asked), [one for _, _, one in found]) == (2 + MAX_AROUND, [Effect.CANNOT_TELL])


def test_a_file_that_is_named_and_not_there_cannot_be_told() -> None:
    source = Source({}, {})
    found = read_edits(source, [ChangedFile("a.yaml", FileStatus.ADDED)], ("base", "head"))  # type: ignore[arg-type]  # reads are all it needs
    assert [(edit.effect, edit.unread) for edit in found] == [(Effect.CANNOT_TELL, True)]


def test_what_is_over_the_bound_is_not_read() -> None:
    huge = "#" * (MAX_READ // 40)
    names = [f"{one:03}.yaml" for one in range(121)]
    source = Source({}, dict.fromkeys(names, huge))
    found = effects(source)
    assert (len(source.asked), found[-1]) == (60, ("120.yaml", "", Effect.CANNOT_TELL))


def test_policies_of_too_many_parts_are_not_held_but_told() -> None:
    look = Within(admission.held, left=2 * sum(map(POLICY.count, "\n,[{")))
    first, second, third = (look(File(f"{name}.yaml", POLICY)) for name in "abc")
    assert (bool(first.policies), bool(second.policies)) == (True, True)
    assert (third.policies, third.unread) == (
        (),
        "not compared: the change touches policies of more than 500,000 lines and items",
    )


def test_what_is_no_policy_counts_for_nothing() -> None:
    look = Within(admission.held, left=0)
    assert look(File("values.yaml", "a: [1, 2]\n")).unread is None


def test_a_change_of_too_many_parts_cannot_be_told() -> None:
    item = "[" + "0," * 90_000 + "]"
    trees = [
        {f"{name}.yaml": f"{POLICY}  x: {item}\n".replace("probes", word + name) for name in "abc"} for word in "pq"
    ]
    source = Source(*trees)
    edits = read_edits(source, source.changed(), ("base", "head"))
    assert any("500,000" in edit.sentence and edit.effect is Effect.CANNOT_TELL for edit in edits)
