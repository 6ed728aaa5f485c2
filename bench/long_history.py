"""A made-up GitOps repository with a long history, for `bench/history.py speed` to be held against.

    python bench/long_history.py FOLDER [--commits N]

Makes a bare repository of `N` first-parent commits (100,000 unless told): 200 Deployments and 50 policies; each commit
moves one image to its next tag, every hundredth changes what a policy does, and every twentieth is a merge that brings
one more commit. The same `N` gives the same repository.
"""

from __future__ import annotations

import argparse
import pathlib
import subprocess
from collections.abc import Iterable, Iterator

_FILES, _POLICIES = 200, 50
_POLICY_EVERY, _MERGE_EVERY = 100, 20
_BEGAN = 1_600_000_000
_APART = 600

_DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{number}
  namespace: default
  labels:
    app.kubernetes.io/name: app-{number}
spec:
  replicas: 2
  selector:
    matchLabels:
      app.kubernetes.io/name: app-{number}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: app-{number}
    spec:
      securityContext:
        runAsNonRoot: true
      containers:
        - name: main
          image: registry.example/acme/app-{number}:1.{tag}.0
          env:
            - name: MODE
              value: production
          ports:
            - containerPort: 8080
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
"""
_POLICY = """apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: policy-{number}
spec:
  validationFailureAction: {action}
  rules:
    - name: labels
      match:
        any:
          - resources:
              kinds: [Pod]
      validate:
        message: a team label is required
        pattern:
          metadata:
            labels:
              team: "?*"
"""


def stream(count: int) -> Iterator[str]:
    """Yield what `git fast-import` reads."""
    yield "feature done\n"
    first = [*(_deployment(one, 0) for one in range(_FILES)), *(_policy(one, 0) for one in range(_POLICIES))]
    yield _commit("main :1", "Begin", first)
    for step in range(1, count):
        message, changed = f"Update app (#{step})", (_changed(step),)
        if step % _MERGE_EVERY == 0:
            yield f"reset refs/heads/side\nfrom :{2 * step - 1}\n\n" + _commit(f"side :{2 * step}", message, changed)
            yield _commit(f"main :{2 * step + 1}", f"Merge pull request #{step} from acme/side", changed, 2 * step)
        else:
            yield _commit(f"main :{2 * step + 1}", message, changed)
    yield "done\n"


def _changed(step: int) -> tuple[str, str]:
    if step % _POLICY_EVERY:
        return _deployment(step % _FILES, step)
    turn = step // _POLICY_EVERY
    return _policy(turn % _POLICIES, turn // _POLICIES + 1)


def _deployment(number: int, tag: int) -> tuple[str, str]:
    return f"apps/app-{number}/deployment.yaml", _DEPLOYMENT.format(number=number, tag=tag)


def _policy(number: int, turn: int) -> tuple[str, str]:
    action = "Audit" if turn % 2 else "Enforce"
    return f"policies/policy-{number}.yaml", _POLICY.format(number=number, action=action)


def _commit(name: str, message: str, files: Iterable[tuple[str, str]], merges: int = 0) -> str:
    """Return one commit; its name is `<branch> :<mark>`, and the mark is also its time."""
    branch, _, mark = name.partition(" :")
    who = f"Update bot <bot@example.com> {_BEGAN + int(mark) * _APART // 2} +0000"
    head = f"commit refs/heads/{branch}\nmark :{mark}\nauthor {who}\ncommitter {who}\n{_data(message)}"
    brought = f"merge :{merges}\n" if merges else ""
    return head + brought + "".join(f"M 100644 inline {path}\n{_data(text)}" for path, text in files) + "\n"


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}\n"


def main() -> None:
    """Make the repository."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--commits", type=int, default=100_000)
    options = parser.parse_args()
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", options.folder], check=True)
    command = ["git", "-C", options.folder, "fast-import", "--quiet", "--done"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as importing:
        if importing.stdin is not None:
            importing.stdin.writelines(part.encode() for part in stream(options.commits))
            importing.stdin.close()
        if importing.wait():
            raise SystemExit("git fast-import did not take it")
    subprocess.run(["git", "-C", options.folder, "repack", "-adq"], check=True)


if __name__ == "__main__":
    main()
