"""The App itself: installations, tokens, deliveries, the manifest flow, rate limits."""

from __future__ import annotations

import time
from typing import Final

from tests.fakes.github import wire
from tests.fakes.github.access import R
from tests.fakes.github.contracts import Shape
from tests.fakes.github.deliveries import Delivery
from tests.fakes.github.exchange import Exchange, Refused, Reply, not_found
from tests.fakes.github.state import Installation

D: Final = "/app/hook/deliveries"


def get_app(x: Exchange) -> Reply:
    """GET the App."""
    return Reply(identity(x))


def identity(x: Exchange) -> Shape:
    """What GitHub tells of the App."""
    return {
        "id": x.app.id,
        "slug": x.app.slug,
        "client_id": x.app.client_id,
        "name": x.app.slug,
        "owner": wire.account(x.world.account("octocat")),
        "html_url": f"{wire.SITE}/apps/{x.app.slug}",
        "permissions": x.app.permissions,
        "events": list(x.app.events),
        "installations_count": len(x.world.installations),
    }


def shown(x: Exchange, one: Installation) -> Shape:
    """What GitHub tells of an installation."""
    return wire.installation(x.world, one, x.app.id, x.app.slug)


def installations(x: Exchange) -> Reply:
    """GET all installations."""
    return x.page([shown(x, one) for one in x.world.installations.values()])


def found(x: Exchange) -> Installation:
    """Return the installation in the path."""
    number = x.params["installation_id"]
    if not number.isdigit() or int(number) not in x.world.installations:
        raise not_found()
    return x.world.installations[int(number)]


def installation(x: Exchange) -> Reply:
    """GET an installation."""
    return Reply(shown(x, found(x)))


def of_repository(x: Exchange) -> Reply:
    """GET the installation that covers a repository."""
    one = x.world.installation_of(x.repository) if x.repository else None
    if one is None:
        raise not_found()
    return Reply(shown(x, one))


def mint(x: Exchange) -> Reply:
    """POST for an installation token."""
    token = x.app.mint(found(x), x.body)
    expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(token.expires))
    body: Shape = {"token": token.value, "expires_at": expires, "permissions": dict(token.permissions)}
    selected = token.repositories is not None or token.installation.repositories is not None
    body["repository_selection"] = "selected" if selected else "all"
    if token.repositories is not None:
        body["repositories"] = [wire.repository(x.world.repositories[number]) for number in sorted(token.repositories)]
    return Reply(body, 201)


def revoke(x: Exchange) -> Reply:
    """DELETE the token that asks."""
    if x.caller.token:
        x.caller.token.revoked = True
    return Reply(status=204)


def repositories(x: Exchange) -> Reply:
    """GET the repositories that the token reaches."""
    reached = [
        wire.repository(repo)
        for repo in x.world.repositories.values()
        if x.app.covers(x.caller.installation, repo.id, x.caller.token)
    ]
    selection = "all" if x.caller.installation.repositories is None else "selected"
    return x.page(reached, "repositories", repository_selection=selection)


def hook_config(x: Exchange) -> Reply:
    """GET or PATCH where deliveries go."""
    deliveries = x.app.deliveries
    deliveries.url = x.body.get("url", deliveries.url)
    if "secret" in x.body:
        deliveries.secret = x.body["secret"]
    return Reply({"url": deliveries.url or "", "content_type": "json", "secret": "********", "insecure_ssl": "0"})


def deliveries(x: Exchange) -> Reply:
    """GET the log of deliveries, newest first; `status` filters, `cursor` goes on."""
    log = [one for one in reversed(x.app.deliveries.log) if one.attempted]
    if "status" in x.query:
        log = [one for one in log if one.succeeded == (x.query["status"] == "success")]
    if "cursor" in x.query:
        log = [one for one in log if one.id <= int(x.query["cursor"].removeprefix("v1_"))]
    size = int(x.query.get("per_page", "30"))
    links = {}
    if len(log) > size:
        query = "&".join(f"{k}={v}" for k, v in {**x.query, "cursor": f"v1_{log[size].id}"}.items())
        links["Link"] = f'<{x.world.api_url}{x.path}?{query}>; rel="next"'
    return Reply([item(one) for one in log[:size]], headers=links)


def item(one: Delivery) -> Shape:
    """A line of the log."""
    return {
        "id": one.id,
        "guid": one.guid,
        "delivered_at": one.at,
        "redelivery": one.redelivery,
        "duration": 0.1,
        "status": one.status,
        "status_code": one.status_code,
        "event": one.event,
        "action": one.action,
        "installation_id": one.installation,
        "repository_id": one.repository,
    }


def found_delivery(x: Exchange) -> Delivery:
    """Return the delivery in the path."""
    for one in x.app.deliveries.log:
        if str(one.id) == x.params["delivery_id"]:
            return one
    raise not_found()


def delivery(x: Exchange) -> Reply:
    """GET one delivery with what was sent."""
    one = found_delivery(x)
    sent = {"headers": dict(one.headers), "payload": one.payload}
    return Reply({**item(one), "request": sent, "response": {"headers": {}, "payload": ""}})


def redeliver(x: Exchange) -> Reply:
    """POST for another attempt: the same GUID and payload under a new id."""
    one = found_delivery(x)
    x.world.after.append(lambda: x.app.deliveries.again(one))
    return Reply({}, 202)


def convert_manifest(x: Exchange) -> Reply:
    """POST the code of the manifest flow for the new App's secrets; a code works once."""
    if x.params["code"] not in x.app.manifest_codes:
        raise not_found()
    x.app.manifest_codes.remove(x.params["code"])
    secret = x.app.deliveries.secret or None
    secrets = {"client_secret": "client-secret", "webhook_secret": secret, "pem": x.app.private_key_pem.decode()}
    return Reply({**identity(x), **secrets, "client_id": x.app.client_id}, 201)


def rate_limit(x: Exchange) -> Reply:
    """GET what is left of the hour; asking is free."""
    if x.caller.kind == "none":
        raise Refused(401, "Requires authentication")
    core, graphql = x.app.rates["core"].shape(), x.app.rates["graphql"].shape()
    return Reply({"rate": core, "resources": {"core": core, "graphql": graphql, "search": core}})


ROUTES: Final = {
    ("GET", "/app"): get_app,
    ("GET", "/app/installations"): installations,
    ("GET", "/app/installations/{installation_id}"): installation,
    ("POST", "/app/installations/{installation_id}/access_tokens"): mint,
    ("GET", f"{R}/installation"): of_repository,
    ("DELETE", "/installation/token"): revoke,
    ("GET", "/installation/repositories"): repositories,
    ("GET", "/app/hook/config"): hook_config,
    ("PATCH", "/app/hook/config"): hook_config,
    ("GET", D): deliveries,
    ("GET", f"{D}/{{delivery_id}}"): delivery,
    ("POST", f"{D}/{{delivery_id}}/attempts"): redeliver,
    ("POST", "/app-manifests/{code}/conversions"): convert_manifest,
    ("GET", "/rate_limit"): rate_limit,
}
