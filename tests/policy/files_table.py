"""Policy files that are valid, and files with one fault each: where it is and what must be said."""

from __future__ import annotations

from typing import NamedTuple

from tests.policy.samples import ISSUER, RELEASE


class Wrong(NamedTuple):
    """A wrong file; `seen` says whether a JSON Schema can see the fault."""

    text: str
    line: int
    words: str
    seen: bool = True


HEAD = f"version: 1\nsigners:\n  a: {{issuer: '{ISSUER}', identity: '{RELEASE}'}}\n"  # lines 1 to 3
SCOPE = HEAD + 'images:\n  - match: ["ghcr.io/acme/**"]\n'  # lines 4 and 5


def scope(line: str) -> str:
    """Add one line, the sixth, to a scope."""
    return f"{SCOPE}    {line}\n"


def match(pattern: str) -> str:
    """Write a scope with one pattern, on line 2."""
    return f'version: 1\nimages: [{{match: ["{pattern}"]}}]\n'


def signer(fields: str) -> str:
    """Write one signer, on line 2."""
    return f"version: 1\nsigners: {{a: {{{fields}}}}}\n"


def pattern(written: str) -> str:
    """Write one signer with a pattern, on line 5."""
    return f"version: 1\nsigners:\n  a:\n    issuer: {ISSUER}\n    identity-pattern: '{written}'\n"


def review(fields: str) -> str:
    """Write one entry of reviews, on line 2."""
    return f"version: 1\nreviews: [{{{fields}}}]\n"


def mapping(fields: str) -> str:
    """Write one mapping, on line 2."""
    return f"version: 1\nmappings: {{'https://vendor.test/v1': {{{fields}}}}}\n"


MAPPINGS = 'mappings: {"https://vendor.test/v1": {custom.a: {pointer: /a, kind: number, better: lower}}}\n'

PATHS = 'paths: ["/policies/**"]'

VALID = (
    "version: 1\n",
    "version: 1\nmode: observe\nunmatched: allow\nsolo: true\n",
    "version: 1\nmode: 'enforce'\n",
    "---\nversion: 1\n...\n",
    '{"version": 1, "mode": "observe"}',
    SCOPE,
    scope("signature: [a]"),
    scope("exclude: []"),
    scope("vex: [a]"),
    mapping("custom.a: {pointer: /a, kind: number, better: lower}"),
    mapping("custom.a.b-c: {pointer: /a~1b/0/~0, kind: text, better: neither, label: The a}"),
    mapping("hardening.shell: /image/hasShell, hardening.user: /u"),
    scope("limits: {custom.a: 3}\n    no-regression: [custom.a]") + MAPPINGS,
    scope("exclude: [ghcr.io/acme/old]"),
    scope("attestations: [{type: slsa-provenance, signers: [a], max-age: 12h}]"),
    scope("attestations: [{type: 'https://example.com/custom/v1', signers: [a], max-age: 4w}]"),
    scope("limits: {vulnerabilities.critical: 0, hardening.shell: false, hardening.user: app}"),
    scope("limits: {vulnerabilities.high: 3}\n    only-fixable: true"),
    scope("no-regression: true"),
    scope("no-regression: false"),
    scope("no-regression: [vulnerabilities.critical]"),
    scope("limits: {image.size: 300, image.root: false, image.user: app, image.created: 90, image.layers-shared: 1}"),
    scope("tag-mismatch: block\n    downgrade: review\n    moved: allow"),
    scope("signature: [a]\n    bind-repository: true"),
    scope("pinned: true\n    mode: observe\n    name: apps"),
    scope("signature: [a]\n    platforms: all"),
    scope("signature: [a]\n    platforms: covered"),
    scope("signatures-in: ghcr.io/acme/signatures"),
    scope("signatures-in: localhost:5000/signatures"),
    scope("github-attestations: Acme-1/api.x_y"),
    match("**"),
    match("**/nginx"),
    match("*/acme/api"),
    match("*.gcr.io/acme/**"),
    match("localhost/api"),
    match("localhost:5000/api"),
    match("registry.example:5000/**"),
    match("docker.io/**"),
    match("docker.io/library/nginx"),
    signer("key: .github/assay/keys/a.pub"),
    signer("key: keys/a.pub, root: github, log: not-required"),
    signer("key: keys/a.pub, log: required"),
    signer(f"issuer: '{ISSUER}', identity: 'a', root: public-good"),
    "version: 1\nsigners: {release of acme: {key: a.pub}}\n",
    signer("key: keys/a.pub, not-before: 2026-01-01T00:00:00Z, not-after: '2026-06-01T00:00:00+02:00'"),
    pattern(r"https://github\.com/acme/[a-z-]+/\.github/workflows/release\.yml@refs/tags/v[0-9.]+"),
    pattern(r"^https://github\.com/acme/api/\.github/workflows/(?:a|b)\.yml@refs/(?:heads|tags)/.*$"),
    pattern(r"https://github\.com/acme/api/\.github/workflows/a\.yml@[0-9a-f]{40}"),
    pattern(r"https://gitlab\.com/acme/.*"),
    pattern(r"[a-z.]+@acme\.com"),
    pattern(r"alice@acme\.com|bob@acme\.com"),
    pattern(r"spiffe://acme\.example/ns/.*"),
    review(f"{PATHS}, teams: [acme/security]"),
    review(f"{PATHS}, users: [alice, Bob-2], count: 2"),
    review(f"{PATHS}, permission: write, count: 20"),
    review("effects: [weaker, cannot-tell], teams: [acme/security], count: 2"),
    review(f"{PATHS}, any-of: [{{teams: [acme/security]}}, {{users: [alice, bob], count: 2}}]"),
    review(f"{PATHS}, all-of: [{{any-of: [{{all-of: [{{users: [alice]}}]}}, {{permission: admin}}]}}]"),
    'version: 1\nenvironments: {prod: ["/clusters/prod/"]}\nreviews: [{environments: [prod], users: [alice]}]\n',
    "version: 1\nrequest-reviewers: false\n",
    review(
        'name: rules, paths: ["policies/", "*.rego", "/a/**/b"], teams: [Acme/Sec_1], users: [alice], permission: admin'
    ),
)

TOO_WIDE = "must begin with fixed text"

WRONG = (
    # mappings
    Wrong("version: 1\nmappings: []\n", 2, "mappings must be a mapping"),
    Wrong("version: 1\nmappings: {vendor: {}}\n", 2, "is no predicate type"),
    Wrong("version: 1\nmappings: {hardening: {}}\n", 2, "is no predicate type"),
    Wrong("version: 1\nmappings: {'https://sigstore.dev/cosign/sign/v1': {}}\n", 2, "is no predicate type", seen=False),
    Wrong(mapping("vulnerabilities.critical: /a"), 2, "neither custom.… nor a measure of hardening"),
    Wrong(mapping("hardening.shel: /a"), 2, "hardening.shell"),
    Wrong(mapping("custom.A: {pointer: /a, kind: number, better: lower}"), 2, "neither custom.… nor"),
    Wrong(mapping("hardening.shell: shell"), 2, "must be a JSON pointer to a member"),
    Wrong(mapping("hardening.shell: [/a]"), 2, "the pointer of hardening.shell must be a text"),
    Wrong(mapping("custom.a: /a"), 2, "must be a mapping"),
    Wrong(mapping("custom.a: {kind: number, better: lower}"), 2, "needs pointer"),
    Wrong(mapping("custom.a: {pointer: /a, better: lower}"), 2, "needs kind"),
    Wrong(mapping("custom.a: {pointer: /a, kind: number}"), 2, "needs better"),
    Wrong(mapping("custom.a: {pointer: a, kind: number, better: lower}"), 2, "must be a JSON pointer"),
    Wrong(mapping("custom.a: {pointer: /a, kind: set, better: lower}"), 2, "number, flag or text"),
    Wrong(mapping("custom.a: {pointer: /a, kind: number, better: more}"), 2, "lower, higher or neither"),
    Wrong(mapping("custom.a: {pointer: /a, kind: text, better: lower}"), 2, "no text is better", seen=False),
    Wrong(mapping("custom.a: {pointer: /a, kind: number, better: lower, label: []}"), 2, "label of custom.a"),
    Wrong(
        "version: 1\nmappings:\n"
        "  https://a.test/v1: {custom.a: {pointer: /a, kind: number, better: lower}}\n"
        "  https://b.test/v1: {custom.a: {pointer: /a, kind: number, better: higher}}\n",
        4,
        "custom.a is mapped twice",
        seen=False,
    ),
    Wrong(scope("limits: {custom.b: 1}") + MAPPINGS, 6, "no mapping yields `custom.b`", seen=False),
    Wrong(scope("no-regression: [custom.a]"), 6, "no mapping yields", seen=False),
    Wrong(scope("limits: {custom.: 1}"), 6, "which no attestation yields"),
    Wrong(scope("vex: [nobody]"), 6, "which signers does not have", seen=False),
    Wrong(scope("vex: []"), 6, "vex is empty"),
    # the file as a whole
    Wrong("", 1, "the file is empty"),
    Wrong("# nothing\n", 1, "the file is empty"),
    Wrong("~\n", 1, "the file is empty"),
    Wrong("just text\n", 1, "the policy must be a mapping"),
    Wrong("- version: 1\n", 1, "the policy must be a mapping"),
    Wrong("version: 1\n---\nversion: 1\n", 3, "more than one document", seen=False),
    Wrong("version: 1\nmode: [\n", 3, "cannot be read: not YAML", seen=False),
    Wrong("version: 1\nmode: observe\nmode: enforce\n", 3, "key mode twice", seen=False),
    Wrong("version: 1\nmode: !secret x\n", 2, "the tag", seen=False),
    # version
    Wrong("mode: observe\n", 1, "version must be there and be 1"),
    Wrong("version: 2\n", 1, "version must be there and be 1"),
    Wrong("version: '1'\n", 1, "version must be there and be 1"),
    Wrong("version: 01\n", 1, "version must be there and be 1"),
    Wrong("version:\n  - 1\n", 2, "version must be there and be 1"),
    # top level
    Wrong("version: 1\nmodus: observe\n", 2, "unknown key `modus`: did you mean mode?"),
    Wrong("version: 1\nignoreTlog: true\n", 2, "unknown key `ignoreTlog`"),
    Wrong("version: 1\nallow-solo: false\n", 2, "unknown key `allow-solo`", seen=False),
    Wrong('version: 1\n"a\\u0001b": 2\n', 2, "unknown key `a\N{REPLACEMENT CHARACTER}b`"),
    Wrong(f"version: 1\n{'k' * 80}: 2\n", 2, f"unknown key `{'k' * 59}…`"),
    Wrong("version: 1\nmode: warn\n", 2, "mode must be observe or enforce"),
    Wrong("version: 1\nmode:\n", 2, "mode must be observe or enforce"),
    Wrong("version: 1\nunmatched: deny\n", 2, "unmatched must be block, review or allow"),
    Wrong("version: 1\nsolo: yes\n", 2, "solo must be true or false"),
    Wrong("version: 1\nsolo: 'true'\n", 2, "solo must be true or false"),
    Wrong("version: 1\nsolo: [true]\n", 2, "solo must be true or false"),
    # signers
    Wrong("version: 1\nsigners: [a]\n", 2, "signers must be a mapping"),
    Wrong(
        f"version: 1\nsigners: {{{', '.join(f's{n}: {{key: k.pub}}' for n in range(201))}}}\n", 2, "more than 200 items"
    ),
    Wrong(signer("identity: x"), 2, "has no issuer"),
    Wrong(signer(f"issuer: '{ISSUER}'"), 2, "exactly one of identity and identity-pattern"),
    Wrong(
        signer(f"issuer: '{ISSUER}', identity: x, identity-pattern: 'alice@acme\\.com'"), 2, "exactly one of identity"
    ),
    Wrong(signer(f"issuer: '{ISSUER}', identity: 'https://github.com/acme/*'"), 2, "is compared exactly"),
    Wrong(signer(f"issuer: '{ISSUER}', identity: 'a', ignoreTlog: true"), 2, "unknown key `ignoreTlog`"),
    Wrong(signer(f"issuer: '{ISSUER}', identity: 'a', ignoreSCT: true"), 2, "unknown key `ignoreSCT`"),
    Wrong(signer(f"issuer: '{ISSUER}', identity: 'a', not-after: 2026-01-01T00:00:00Z"), 2, "only a key can have"),
    Wrong(signer(f"issuer: '{ISSUER}', identity: 'a', log: not-required"), 2, "only a key can"),
    Wrong(signer(f"issuer: '{ISSUER}', identity: 'a', root: [public-good, github]"), 2, "root of signer"),
    Wrong(signer(f"issuer: '{ISSUER}', identity: 'a', root: Public"), 2, "the name of one trusted root"),
    Wrong(signer("key: keys/a.pub, root: '../x'"), 2, "the name of one trusted root"),
    Wrong(signer("key: keys/a.pub, log: false"), 2, "must be required or not-required"),
    Wrong(signer("issuer: 'http://x.example', identity: a"), 2, "must be an https URL"),
    Wrong(signer("issuer: true, identity: a"), 2, "must be a text: put it in quotes"),
    Wrong(signer(f"issuer: '{ISSUER}', identity: ~"), 2, "must be a text"),
    Wrong(signer(f"issuer: '{ISSUER}', identity: [a]"), 2, "must be a text"),
    Wrong(signer(f"issuer: '{ISSUER}', identity: ''"), 2, "must be a text"),
    Wrong(signer(f"issuer: '{ISSUER}', identity: '{'x' * 513}'"), 2, "at most 512 characters"),
    Wrong(signer(f"issuer: '{ISSUER}', identity: \"a\\nb\""), 2, "without control characters", seen=False),
    Wrong("version: 1\nsigners: {a: x}\n", 2, "signer `a` must be a mapping"),
    Wrong("version: 1\nsigners: {'a/b': {key: k.pub}}\n", 2, "the signer name `a/b`"),
    Wrong(signer(f"key: k.pub, issuer: '{ISSUER}', identity: a"), 2, "has both a key and a keyless identity"),
    Wrong(signer("key: /etc/k.pub"), 2, "must be a path from the repository's root", seen=False),
    Wrong(signer("key: a/../k.pub"), 2, "must be a path from the repository's root", seen=False),
    Wrong(signer("key: a//k.pub"), 2, "must be a path from the repository's root", seen=False),
    Wrong(signer("key: [k.pub]"), 2, "must be a text"),
    Wrong(signer("key: k.pub, not-after: tomorrow"), 2, "must be a time with zone"),
    Wrong(signer("key: k.pub, not-after: 2026-01-01"), 2, "must be a time with zone"),
    Wrong(signer("key: k.pub, not-after: 2026-13-01T00:00:00Z"), 2, "must be a time with zone", seen=False),
    Wrong(signer("key: k.pub, not-after: 2026-01-01T00:00:00"), 2, "must be a time with zone"),
    Wrong(signer("key: k.pub, not-after: [2026]"), 2, "must be a text"),
    Wrong(
        signer("key: k.pub, not-before: 2026-01-02T00:00:00Z, not-after: 2026-01-01T00:00:00Z"),
        2,
        "not-after must be later",
        seen=False,
    ),
    # patterns
    Wrong(pattern(".*"), 5, TOO_WIDE, seen=False),
    Wrong(pattern("^.*$"), 5, TOO_WIDE, seen=False),
    Wrong(pattern(r"https://github.com/acme/api/\.github/workflows/a\.yml@refs/heads/main"), 5, TOO_WIDE, seen=False),
    Wrong(pattern(r"https://github\.com/.*/\.github/workflows/a\.yml@refs/heads/main"), 5, TOO_WIDE, seen=False),
    Wrong(pattern(r"https://github\.com/acme?/x"), 5, TOO_WIDE, seen=False),
    Wrong(pattern(r"https://gitlab\.com/acme/x|.*"), 5, TOO_WIDE, seen=False),
    Wrong(pattern(r"(?:https://gitlab\.com/acme/x|.*)"), 5, TOO_WIDE, seen=False),
    Wrong(pattern(r".*@acme.com"), 5, TOO_WIDE, seen=False),
    Wrong(pattern(r"https://github\.com/acme/api/.*@refs/heads/main"), 5, "names the workflow", seen=False),
    Wrong(pattern(r"https://github\.com/acme/api/\.github/workflows/a\.yml@.*"), 5, "kind of ref", seen=False),
    Wrong(pattern("("), 5, "RE2 does not accept", seen=False),
    Wrong(pattern(r"https://gitlab\.com/acme/(?!x)"), 5, "RE2 does not accept", seen=False),
    Wrong(pattern(r"(?i)https://gitlab\.com/acme/x"), 5, "flags, named groups", seen=False),
    Wrong(pattern(r"(?P<a>https://gitlab\.com/acme/x)"), 5, "flags, named groups", seen=False),
    Wrong(pattern(r"\Qhttps://gitlab.com/acme/x\E"), 5, "flags, named groups", seen=False),
    Wrong(pattern("x" * 513), 5, "at most 512 characters"),
    # scopes
    Wrong("version: 1\nimages: {}\n", 2, "images must be a list"),
    Wrong("version: 1\nimages: []\n", 2, "images is empty"),
    Wrong("version: 1\nimages: [nginx]\n", 2, "a scope of images must be a mapping"),
    Wrong("version: 1\nimages: [{name: a}]\n", 2, "needs match"),
    Wrong("version: 1\nimages: [{match: ghcr.io/acme/**}]\n", 2, "match must be a list"),
    Wrong("version: 1\nimages: [{match: []}]\n", 2, "match is empty"),
    Wrong("version: 1\nimages: [{match: [5]}]\n", 2, "must be a text"),
    Wrong(match("a.io/[ab]"), 2, "character classes are not known"),
    Wrong(match("a.io/{a,b}"), 2, "braces are not known"),
    Wrong(match("a.io/**x"), 2, "stands alone", seen=False),
    Wrong(match("a.io//x"), 2, "an empty part", seen=False),
    Wrong(match("nginx"), 2, "must begin with the registry", seen=False),
    Wrong(match("acme/api"), 2, "must begin with the registry", seen=False),
    Wrong(match("docker.io"), 2, "must begin with the registry", seen=False),
    Wrong(match("registry.example*/acme/x"), 2, "must begin with the registry", seen=False),
    Wrong(match("ghcr.?o/acme/x"), 2, "must begin with the registry", seen=False),
    Wrong(match("ghcr.io/acme/api:1"), 2, "without tag and digest", seen=False),
    Wrong(match("ghcr.io/acme/api@sha256:0"), 2, "without tag and digest", seen=False),
    Wrong(match("ghcr.io/Acme/api"), 2, "must be in lower case", seen=False),
    Wrong(match("index.docker.io/library/nginx"), 2, "must name the registry as docker.io", seen=False),
    Wrong(match("ghcr.io:443/acme/api"), 2, "must name the registry as ghcr.io", seen=False),
    Wrong(match("ghcr.io:99999/acme/api"), 2, "must name the registry as host or host:port", seen=False),
    Wrong(match("docker.io/nginx"), 2, "must name the namespace too", seen=False),
    Wrong('version: 1\nimages: [{match: ["a.io/x", "a.io/x"]}]\n', 2, "names `a.io/x` twice"),
    Wrong(
        "version: 1\nimages:\n  - {name: a, match: [a.io/x]}\n  - {name: a, match: [a.io/y]}\n",
        4,
        "two scopes",
        seen=False,
    ),
    Wrong(scope("mode: dry-run"), 6, "mode of a scope must be"),
    Wrong(scope("skip: true"), 6, "unknown key `skip`"),
    Wrong(scope("signature: [b]"), 6, "which signers does not have", seen=False),
    Wrong(scope("signature: []"), 6, "signature is empty"),
    Wrong(scope("signature: a"), 6, "signature must be a list"),
    Wrong(scope("min_signers: 0"), 6, "unknown key `min_signers`"),
    Wrong(scope("attestations: {}"), 6, "attestations must be a list"),
    Wrong(scope("attestations: [slsa-provenance]"), 6, "an attestation must be a mapping"),
    Wrong(scope("attestations: [{signers: [a]}]"), 6, "an attestation needs type"),
    Wrong(scope("attestations: [{type: spdx}]"), 6, "an attestation needs signers"),
    Wrong(scope("attestations: [{type: slsa, signers: [a]}]"), 6, "`slsa` is not known", seen=False),
    Wrong(
        scope("attestations: [{type: 'https://sigstore.dev/cosign/sign/v1', signers: [a]}]"),
        6,
        "is not known",
        seen=False,
    ),
    Wrong(scope("attestations: [{type: [], signers: [a]}]"), 6, "must be a text"),
    Wrong(scope("attestations: [{type: spdx, signers: [a], max-age: 0d}]"), 6, "max-age must be"),
    Wrong(scope("attestations: [{type: spdx, signers: [a], max-age: 90}]"), 6, "must be a text"),
    Wrong(scope("attestations: [{type: spdx, signers: [a], max-age: 1y}]"), 6, "max-age must be"),
    Wrong(scope("attestations: [{type: spdx, signers: [a]}, {type: spdx, signers: [a]}]"), 6, "twice", seen=False),
    Wrong(scope("limits: [a]"), 6, "limits must be a mapping"),
    Wrong(scope("limits: {vulnerabilities.critcal: 0}"), 6, "did you mean vulnerabilities.critical?"),
    Wrong(scope("limits: {vulnerabilities.critical: -1}"), 6, "at least 0"),
    Wrong(scope("limits: {vulnerabilities.critical: '0'}"), 6, "at least 0"),
    Wrong(scope("limits: {vulnerabilities.critical: true}"), 6, "at least 0"),
    Wrong(scope("limits: {vulnerabilities.critical: ~}"), 6, "at least 0"),
    Wrong(scope("limits: {hardening.user: ~}"), 6, "must be a text"),
    Wrong(scope("limits: {hardening.user: 1.5}"), 6, "put it in quotes"),
    Wrong(scope("only-fixable: true"), 6, "does nothing without a limit", seen=False),
    Wrong(scope("only-fixable: 1"), 6, "must be true or false"),
    Wrong(scope("no-regression: always"), 6, "must be true or false"),
    Wrong(scope("no-regression: []"), 6, "no-regression is empty"),
    Wrong(scope("no-regression: [speed]"), 6, "which no attestation yields"),
    Wrong(scope("no-regression: {}"), 6, "must be a list"),
    Wrong(scope("pinned: 'true'"), 6, "pinned must be true or false"),
    Wrong(scope("platforms: all"), 6, "does nothing without signature", seen=False),
    Wrong(scope("platforms: each\n    signature: [a]"), 6, "platforms must be covered or all"),
    Wrong(scope("signatures-in: ghcr.io/acme/Signatures"), 6, "is no repository of a registry"),
    Wrong(scope("signatures-in: acme/signatures"), 6, "as docker.io/acme/signatures", seen=False),
    Wrong(scope("signatures-in: ghcr.io/acme/signatures:1"), 6, "is no repository of a registry"),
    Wrong(scope("signatures-in: [ghcr.io/acme/signatures]"), 6, "must be a text"),
    Wrong(scope("github-attestations: acme"), 6, "is no repository on GitHub"),
    Wrong(scope("github-attestations: acme/api/x"), 6, "is no repository on GitHub"),
    Wrong(scope("github-attestations: acme/.."), 6, "is no repository on GitHub", seen=False),
    Wrong(scope("github-attestations: ~"), 6, "must be a text"),
    # reviews
    Wrong("version: 1\nreviews: {}\n", 2, "reviews must be a list"),
    Wrong("version: 1\nreviews: [policies]\n", 2, "an entry of reviews must be a mapping"),
    Wrong(review("teams: [acme/security]"), 2, "needs paths"),
    Wrong(review(f"{PATHS}, any-of: [{{teams: [acme/a]}}], users: [alice]"), 2, "any-of stands alone"),
    Wrong(review(f"{PATHS}, any-of: [{{teams: [acme/a]}}], count: 2"), 2, "any-of stands alone"),
    Wrong(review(f"{PATHS}, any-of: [{{users: [a]}}], all-of: [{{users: [a]}}]"), 2, "any-of stands alone"),
    Wrong(review(f"{PATHS}, all-of: []"), 2, "all-of is empty"),
    Wrong(review(f"{PATHS}, all-of: [alice]"), 2, "an item of all-of must be a mapping"),
    Wrong(review(f"{PATHS}, all-of: [{{count: 2}}]"), 2, "nobody could approve"),
    Wrong(review(f"{PATHS}, all-of: [{{users: [alice], paths: [a]}}]"), 2, "unknown key `paths`"),
    Wrong(
        review(f"{PATHS}, any-of: [{{any-of: [{{any-of: [{{any-of: [{{users: [a]}}]}}]}}]}}]"), 2, "more than 3 deep"
    ),
    Wrong(review("effects: [worse], users: [alice]"), 2, "`worse` is no effect"),
    Wrong(review("effects: [], users: [alice]"), 2, "effects is empty"),
    Wrong(review("environments: [prod], users: [alice]"), 2, "no environment: none is named", seen=False),
    Wrong(
        "version: 1\nenvironments: {prod: [a]}\nreviews: [{environments: [prd], users: [alice]}]\n",
        3,
        "did you mean prod?",
        seen=False,
    ),
    Wrong("version: 1\nenvironments: {prod: ['[a]']}\n", 2, "character classes"),
    Wrong("version: 1\nenvironments: [prod]\n", 2, "environments must be a mapping"),
    Wrong("version: 1\nrequest-reviewers: maybe\n", 2, "request-reviewers must be true or false"),
    Wrong(review(PATHS), 2, "nobody could approve"),
    Wrong(review(f"{PATHS}, permission: read"), 2, "permission must be write, maintain or admin"),
    Wrong(review(f"{PATHS}, teams: [security]"), 2, "must be owner/team-slug"),
    Wrong(review(f"{PATHS}, users: ['@alice']"), 2, "must be a login without @"),
    Wrong(review(f"{PATHS}, users: ['renovate[bot]']"), 2, "must be a login without @"),
    Wrong(review(f"{PATHS}, users: [alice, Alice]"), 2, "names `Alice` twice", seen=False),
    Wrong(review(f"{PATHS}, users: [{', '.join(f'u{n}' for n in range(51))}]"), 2, "more than 50"),
    Wrong(review(f"{PATHS}, users: [alice], count: 2"), 2, "only 1 users are named", seen=False),
    Wrong(review(f"{PATHS}, users: [alice], approvals: 1"), 2, "unknown key `approvals`"),
    Wrong(review("paths: ['[a]'], users: [alice]"), 2, "character classes"),
    Wrong(review("paths: ['!a'], users: [alice]"), 2, "negation"),
    Wrong(review("paths: ['../a'], users: [alice]"), 2, "never occur", seen=False),
    *(
        Wrong(review(f"{PATHS}, permission: write, count: {count}"), 2, "count must be a whole number")
        for count in ("0", "-1", "true", '"1"', "~", "21", "1.5", "[1]")
    ),
    # tags, downgrades, moves; what an image says of itself
    Wrong(scope("tag-mismatch: warn"), 6, "tag-mismatch must be block, review or allow"),
    Wrong(scope("downgrade: true"), 6, "downgrade must be block, review or allow"),
    Wrong(scope("moved:"), 6, "moved must be block, review or allow"),
    Wrong(scope("bind-repository: true"), 6, "bind-repository does nothing without signature", seen=False),
    Wrong(scope("bind-repository: yes"), 6, "bind-repository must be true or false"),
    Wrong(scope("limits: {image.size: 100MB}"), 6, "image.size must be a whole number"),
    Wrong(scope("limits: {image.create: 1}"), 6, "did you mean image.created?"),
    Wrong(scope("no-regression: [image.root]"), 6, "which no attestation yields"),
)
