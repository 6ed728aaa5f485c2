"""`assay validate`: every error of a policy file with its line."""

from __future__ import annotations

from tests.cli.conftest import Desktop, read

BROKEN = "version: 1\nmode: perhaps\nimagez: []\n"


def _validate(desktop: Desktop, text: str, *arguments: str, path: str = ".github/assay.yml") -> tuple[int, str]:
    file = desktop.folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    result = desktop.assay("validate", *arguments, str(file))
    return result.exit_code, result.stdout.replace(f"{desktop.folder}/", "")


def test_a_valid_file_is_0(desktop: Desktop) -> None:
    assert _validate(desktop, desktop.policy()) == (0, ".github/assay.yml: valid\n")


def test_every_error_of_a_broken_file_is_named_with_its_line_and_is_2(desktop: Desktop) -> None:
    code, text = _validate(desktop, BROKEN)
    places = [line.partition(": ")[0] for line in text.splitlines()]
    assert (code, places) == (2, [".github/assay.yml:2", ".github/assay.yml:3", ".github/assay.yml"])


def test_a_file_that_is_no_text_is_2(desktop: Desktop) -> None:
    (desktop.folder / "x.yml").write_bytes(b"\xff")
    result = desktop.assay("validate", str(desktop.folder / "x.yml"))
    assert (result.exit_code, "cannot be read: not UTF-8" in result.stdout) == (2, True)


def test_a_file_that_is_not_there_is_2(desktop: Desktop) -> None:
    result = desktop.assay("validate", str(desktop.folder / "nowhere.yml"))
    assert (result.exit_code, "does not exist" in result.stderr) == (2, True)


def test_key_files_are_looked_up_beside_the_folder_of_github(desktop: Desktop) -> None:
    policy = "version: 1\nsigners:\n  mine:\n    key: keys/mine.pub\n"
    policy += 'images:\n  - match: ["**"]\n    signature: [mine]\n'
    missing = _validate(desktop, policy)
    desktop.commit({"keys/mine.pub": desktop.sigstore.key("mine").pem.decode()})
    assert (missing[0], "`keys/mine.pub`" in missing[1], _validate(desktop, policy)[0]) == (2, True, 0)


def test_a_key_file_that_holds_no_key_is_an_error(desktop: Desktop) -> None:
    policy = "version: 1\nsigners:\n  mine:\n    key: mine.pub\n"
    policy += 'images:\n  - match: ["**"]\n    signature: [mine]\n'
    desktop.commit({"mine.pub": "nothing"})
    code, text = _validate(desktop, policy)
    assert (code, ".github/assay.yml:4: the key of signer `mine`" in text) == (2, True)


def test_the_json_has_its_published_shape(desktop: Desktop) -> None:
    file = desktop.folder / "assay.yml"
    file.write_text(BROKEN, encoding="utf-8")
    found = read(desktop.assay("validate", "--format", "json", str(file)))
    assert (found["valid"], [one["line"] for one in found["errors"]]) == (False, [2, 3])


WAIVER = """version: 1
owner: alice
reason: not reachable
ticket: SEC-1
expires: 2026-12-31
scope:
  vulnerabilities: [CVE-2026-1]
"""


def test_a_waiver_is_checked_by_itself(desktop: Desktop) -> None:
    path = ".github/assay/waivers/one.yml"
    assert _validate(desktop, WAIVER, path=path) == (0, f"{path}: valid\n")


def test_every_error_of_a_waiver_has_its_line(desktop: Desktop) -> None:
    path = ".github/assay/waivers/one.yml"
    code, text = _validate(desktop, WAIVER.replace("CVE-2026-1", "x").replace("2026-12-31", "soon"), path=path)
    assert code == 2
    assert [line.partition(": ")[0] for line in text.splitlines()] == [f"{path}:5", f"{path}:7", path]


def test_the_waivers_beside_a_policy_are_checked_with_it(desktop: Desktop) -> None:
    _validate(desktop, "version: 2\n", path=".github/assay/waivers/deep/two.yaml")
    _validate(desktop, "nonsense", path=".github/assay/waivers/README.md")
    code, text = _validate(desktop, desktop.policy())
    assert (code, ".github/assay/waivers/deep/two.yaml:1: version must be there" in text) == (2, True)
    assert "README" not in text


def test_a_link_among_the_waivers_is_not_followed(desktop: Desktop) -> None:
    _validate(desktop, WAIVER, path=".github/assay/waivers/one.yml")
    (desktop.folder / ".github/assay/waivers/link.yml").symlink_to("one.yml")
    code, text = _validate(desktop, desktop.policy())
    assert (code, "a symbolic link" in text) == (2, True)


def test_trivy_s_ignore_file_is_checked_by_itself(desktop: Desktop) -> None:
    code, text = _validate(desktop, "vulnerabilities:\n  - id: CVE-2026-1\n", path=".trivyignore.yaml")
    assert (code, text.splitlines()[0].startswith(".trivyignore.yaml:2: `CVE-2026-1` has no expired_at")) == (2, True)
