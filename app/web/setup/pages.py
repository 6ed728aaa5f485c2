"""The setup pages: a code, a plan, GitHub's own page, and back with an App. They end with the registration.

    GET  /setup            a field for the code; with the session, what to register and where
    POST /setup/code       the code for a session
    POST /setup/plan       what will be registered, and the button that sends the manifest to GitHub
    GET  /setup/callback   GitHub's code becomes the App, which is kept
    POST /setup/again      the same again, when something was in the way

Once an App is registered every one of them is 404, in this process already.
"""

from __future__ import annotations

import logging
import math
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.bootstrap.setting_up import CODE, SettingUp, manifest
from app.core.errors import Unavailable
from app.settings import SettingsError
from app.web.setup.desk import Begun, Desk, Wait
from app.web.setup.plan import AFTER_INSTALL, Answers, Place, Plan, manifest_of, suggested
from app.web.setup.welcome import COOKIE as FIRST_HOUR
from app.web.setup.welcome import welcome
from app.web.shell import content_policy, strict

COOKIE: Final = "assay_setup"
_SECONDS_OF_STARTING: Final = 3
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Setup:
    """What the setup pages need.

    `only` is the one GitHub that the operator allows; `public_url` the address that is set. `registered` is called when
    an App is registered and the answer was sent.
    """

    desk: Desk
    office: SettingUp
    only: Place | None
    public_url: str | None
    registered: Callable[[], None]


def setup_pages(setup: Setup) -> Blueprint:
    """Make the pages."""
    pages = _Pages(setup)
    blueprint = Blueprint("setup", __name__)
    blueprint.before_request(pages.closed_when_done)
    blueprint.add_url_rule("/", "root", lambda: redirect(url_for("setup.first"), 303))
    blueprint.add_url_rule("/setup", "first", pages.first)
    blueprint.add_url_rule("/setup/code", "code", pages.code, methods=["POST"])
    blueprint.add_url_rule("/setup/plan", "plan", pages.plan, methods=["POST"])
    blueprint.add_url_rule("/setup/callback", "callback", pages.callback)
    blueprint.add_url_rule("/setup/again", "again", pages.again, methods=["POST"])
    blueprint.add_url_rule(AFTER_INSTALL, "onward", pages.onward)
    strict(blueprint)
    return blueprint


class _Pages:
    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._desk = setup.desk
        # A manifest that is not there must stop the start, not the person.
        self._manifest = manifest()
        self._mark = secrets.token_hex(3)

    def closed_when_done(self) -> Response | None:
        if not self._setup.office.done():
            return None
        # Another process may have registered it; what serves setup pages has nothing left to do.
        self._setup.registered()
        if request.path != AFTER_INSTALL:
            abort(404)
        return self._starting()

    def onward(self) -> AnyResponse:
        """Lead nowhere before there is an App."""
        abort(404)

    def _starting(self) -> Response:
        """Answer a browser that was quicker than the start, on a connection that was kept."""
        made = self._desk.begun.app
        answer = _page("setup_registered.html", 200, app="The App" if made is None else made.slug, next=AFTER_INSTALL)
        answer.headers["Refresh"] = f"{_SECONDS_OF_STARTING}; url={AFTER_INSTALL}"
        return answer

    def first(self) -> AnyResponse:
        if not self._desk.knows(request.cookies.get(COOKIE)):
            return _page("setup_code.html", 200)
        if self._desk.begun.app is not None:
            return self._problem("It was not kept yet.", 200)
        public_url = self._setup.public_url or suggested(request.headers.get("Host", ""))
        return self._plan_form(Answers(public_url=public_url), {}, 200)

    def code(self) -> AnyResponse:
        try:
            session = self._desk.enter(request.form.get("code", "").strip())
        except Wait as wait:
            seconds = math.ceil(wait.seconds)
            refused = _page("setup_code.html", 429, wait=seconds)
            refused.headers["Retry-After"] = str(seconds)
            return refused
        if session is None:
            _log.warning("a wrong setup code was given")
            return _page("setup_code.html", 403, wrong=True)
        _log.info("the setup page was opened with the code")
        answer = redirect(url_for("setup.first"), 303)
        self._give_cookie(answer, (COOKIE, session), self._setup.public_url)
        return answer

    def plan(self) -> AnyResponse:
        self._of_this_browser()
        answers = Answers.of(request.form)
        plan = answers.plan(self._setup.only)
        if not isinstance(plan, Plan):
            return self._plan_form(answers, plan, 422)
        try:
            self._setup.office.make_room()
        except SettingsError as error:
            return self._plan_form(answers, {"file": str(error)}, 503)
        return self._button(plan)

    def callback(self) -> AnyResponse:
        if not self._desk.knows(request.cookies.get(COOKIE)):
            return _page("setup_lost.html", 403)
        state, code = request.args.get("state", ""), request.args.get("code", "")
        if not CODE.fullmatch(code) or not self._desk.came_back(state, code):
            return _page("setup_lost.html", 403, session=True)
        return self._finish()

    def again(self) -> AnyResponse:
        self._of_this_browser()
        if self._desk.begun.code is None:
            return redirect(url_for("setup.first"), 303)
        return self._finish()

    def _of_this_browser(self) -> None:
        known = self._desk.knows(request.cookies.get(COOKIE))
        if not known or not self._desk.is_form_token(request.form.get("csrf", "")):
            abort(403)

    def _finish(self) -> AnyResponse:
        """Go on from where it stopped: convert, give a webhook secret, keep. Nothing that was reached is given up."""
        office = self._setup.office
        with self._desk.alone():
            self.closed_when_done()
            begun = self._desk.begun
            plan = begun.plan or _lost()
            try:
                if begun.app is None:
                    begun.app = office.convert(plan.place.api, begun.code or "")
                begun.app = office.with_webhook_secret(plan.place.api, begun.app)
                kept = office.keep(begun.app, (plan.place.api, plan.public_url))
            except (Unavailable, SettingsError) as error:
                _log.warning("the registration did not come to an end: %s", error)
                return self._problem(str(error), 502, refused=_is_refused(begun, error))
        _log.info("registered as %s; web and worker start with it", begun.app.slug)
        onward = f"{plan.public_url}{AFTER_INSTALL}"
        answer = _page("setup_registered.html", 200, app=begun.app.slug, next=onward)
        answer.headers["Refresh"] = f"{_SECONDS_OF_STARTING}; url={onward}"
        value = welcome(kept.private_key, kept.registered_at)
        self._give_cookie(answer, (FIRST_HOUR, value), plan.public_url)
        answer.delete_cookie(COOKIE)
        answer.call_on_close(self._setup.registered)
        return answer

    def _plan_form(self, answers: Answers, problems: Mapping[str, str], status: int) -> Response:
        return _page(
            "setup_plan.html",
            status,
            answers=answers,
            problems=problems,
            only=self._setup.only,
            csrf=self._desk.form_token(),
        )

    def _button(self, plan: Plan) -> Response:
        with self._desk.alone():
            if self._desk.begun.app is not None:  # made meanwhile, and not to be forgotten
                return self._problem("It was not kept yet.", 200)
            state = self._desk.begin(plan)
        text = manifest_of(self._manifest, plan, self._mark)
        page = _page(
            "setup_manifest.html", 200, plan=plan, target=plan.register(state), manifest=text, asks=self._manifest
        )
        page.headers["Content-Security-Policy"] = content_policy((plan.place.site,))
        return page

    def _problem(self, sentence: str, status: int, *, refused: bool = False) -> Response:
        plan = self._desk.begun.plan or _lost()
        begun = self._desk.begun
        return _page(
            "setup_problem.html",
            status,
            sentence=sentence,
            refused=refused,
            made=begun.app is not None,
            apps=plan.apps,
            file=self._setup.office.registration_file,
            csrf=self._desk.form_token(),
        )

    def _give_cookie(self, answer: AnyResponse, cookie: tuple[str, str], public_url: str | None) -> None:
        # Lax: it must come along when GitHub sends the person back.
        secure = (public_url or "").startswith("https:")
        answer.set_cookie(*cookie, max_age=3600, httponly=True, samesite="Lax", secure=secure)


def _is_refused(begun: Begun, error: Exception) -> bool:
    """Say whether GitHub does not know the code, or no longer: to ask again would change nothing."""
    return begun.app is None and isinstance(error, Unavailable) and error.permanent


def _lost() -> NoReturn:
    abort(403)


def _page(template: str, status: int, **values: object) -> Response:
    return make_response(render_template(template, **values), status)
