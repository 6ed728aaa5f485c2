"""`assay policies`: what a range does to policies, and 3 when a file that may hold one could not be read."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Desktop, read

POLICY = """\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: require-probes
spec:
  validationFailureAction: Enforce
  rules:
    - name: probes
      match:
        any:
          - resources:
              kinds: [Pod]
      validate:
        pattern:
          spec:
            hostNetwork: false
"""


def _changed(desktop: Desktop, text: str | None) -> None:
    desktop.commit({"policy.yaml": POLICY})
    desktop.git("checkout", "-q", "-b", "bump")
    desktop.commit({"policy.yaml": text, "README.md": "hello"})


def _policies(desktop: Desktop, *arguments: str) -> tuple[int, str]:
    result = desktop.assay("policies", "--repo", str(desktop.folder), *arguments, "main", "bump")
    return result.exit_code, result.stdout


def test_a_weaker_policy_is_told_with_its_place_and_a_sentence(desktop: Desktop) -> None:
    _changed(desktop, POLICY.replace("Enforce", "Audit"))
    assert _policies(desktop) == (
        0,
        (
            "this change weakens 1 policy\n"
            "policy weaker: policy.yaml:6 ClusterPolicy require-probes spec.validationFailureAction: "
            "violations will be logged, not blocked\n"
        ),
    )


def test_a_policy_that_is_gone_is_told(desktop: Desktop) -> None:
    _changed(desktop, None)
    assert _policies(desktop)[1].startswith("this change removes 1 policy\n")


def test_no_change_of_a_policy_says_so(desktop: Desktop) -> None:
    _changed(desktop, POLICY + "# a comment\n")
    assert _policies(desktop) == (0, "no policy gets weaker or stronger\n")


def test_a_file_that_may_hold_a_policy_and_cannot_be_read_is_3(desktop: Desktop) -> None:
    _changed(desktop, POLICY + "a: [\n")
    code, text = _policies(desktop)
    assert (code, "the file may hold policies and cannot be read" in text) == (3, True)


def test_markdown_has_a_table(desktop: Desktop) -> None:
    _changed(desktop, POLICY.replace("Enforce", "Audit"))
    code, text = _policies(desktop, "--format", "markdown")
    assert (code, text.splitlines()[0], text.splitlines()[2]) == (
        0,
        "This change weakens 1 policy.",
        "| Resource | Field | Before | After | Effect |",
    )


@pytest.mark.parametrize(("text", "effects"), [(POLICY.replace("Enforce", "Audit"), ["weaker"]), (POLICY, [])])
def test_the_json_has_its_published_shape(desktop: Desktop, text: str, effects: list[str]) -> None:
    _changed(desktop, text)
    result = desktop.assay("policies", "--repo", str(desktop.folder), "--format", "json", "main", "bump")
    assert [one["effect"] for one in read(result)["changes"]] == effects


def test_an_edit_of_our_own_policy_is_told(desktop: Desktop) -> None:
    desktop.commit({".github/assay.yml": "version: 1\n"})
    desktop.git("checkout", "-q", "-b", "bump")
    desktop.commit({".github/assay.yml": "version: 1\nmode: observe\n"})
    code, text = _policies(desktop)
    assert (code, "policy weaker: .github/assay.yml:2 mode: failures are only said" in text) == (0, True)
