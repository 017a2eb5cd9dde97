"""The pages of an account: sign-up, sign-in, sign-out, its sessions and its password."""

from collections.abc import Sequence
from typing import Any, cast

from flask import Blueprint, Response, request
from sqlalchemy import CursorResult
from werkzeug.exceptions import NotFound

from app.auth.messages import EMAIL_TAKEN, WRONG_CREDENTIALS
from app.auth.models import User
from app.auth.passwords import hash_password
from app.auth.schemas import Credentials, Registration
from app.auth.sessions import delete_session, replace_password
from app.auth.sign_in import add_user, begin_session, check_password
from app.auth.sign_in_limiter import get_limiter
from app.database import db
from app.models import utc_now
from app.pages.account_forms import (
    PASSWORD,
    SIGN_IN,
    SIGN_UP,
    WRONG_PASSWORD,
    PasswordChange,
    SignIn,
)
from app.pages.current_session import (
    current_id,
    find_session,
    forget_session,
    keep_session,
    require_session,
    signed_in_user,
)
from app.pages.forms import Form
from app.pages.page_request import cookies, read_form, read_query
from app.pages.paths import safe_next
from app.pages.responses import page, see_other
from app.pages.session_cookie import is_dropped
from app.pages.sessions import describe, select_ids, select_sessions

blueprint = Blueprint("account", __name__)
# A blueprint of its own, because its pages need a session.
own_blueprint = Blueprint("own", __name__, url_prefix="/account")
own_blueprint.before_request(require_session)
blueprint.register_blueprint(own_blueprint)


@blueprint.get("/sign-up")
def show_sign_up() -> Response:
    """Show the form of a new user."""
    next_path = safe_next(read_query().get("next", ""))
    if find_session():
        return see_other(next_path)
    return page("sign_up.html", form=Form(SIGN_UP, Registration), next=next_path)


@blueprint.post("/sign-up")
def sign_up() -> Response:
    """Create a user, and sign in."""
    submitted, form = read_form(), Form(SIGN_UP, Registration)
    next_path = safe_next(submitted.get("next", ""))
    new = form.validate(submitted, Registration)
    user = add_user(new) if new else None
    if new and user is None:
        form.errors["email"] = EMAIL_TAKEN
    response = _begin(user, see_other(next_path, "welcome")) if user else None
    return response or page("sign_up.html", 422, form=form, next=next_path)


@blueprint.get("/sign-in")
def show_sign_in() -> Response:
    """Show the form of a user."""
    next_path = safe_next(read_query().get("next", ""))
    if find_session():
        return see_other(next_path)
    return _ask(Form(SIGN_IN, SignIn), next_path)


@blueprint.post("/sign-in")
def sign_in() -> Response:
    """Begin a session; that of the cookie, if any, ends."""
    submitted, form = read_form(), Form(SIGN_IN, SignIn)
    next_path = safe_next(submitted.get("next", ""))
    sent = form.validate(submitted, SignIn)
    if sent is None:
        return _ask(form, next_path, 422)
    user = check_password(sent.credentials)
    if user and (response := _begin(user, see_other(next_path))):
        return response
    form.error = WRONG_CREDENTIALS
    return _ask(form, next_path, 401)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the session."""
    if session_id := current_id():
        db.session.execute(delete_session(session_id))
        db.session.commit()
    return forget_session(see_other("/sign-in", "signed-out"))


@own_blueprint.get("/sessions")
def list_sessions() -> Response:
    """List the sessions of the user."""
    rows = db.session.scalars(select_sessions(signed_in_user().id, utc_now()))
    return page("sessions.html", sessions=[describe(row, current_id()) for row in rows])


@own_blueprint.post("/sessions/<session_id>/end")
def end_session(session_id: str) -> Response:
    """End a session of the user."""
    if session_id not in _own_ids():
        raise NotFound
    db.session.execute(delete_session(session_id))
    db.session.commit()
    if session_id == current_id():
        return forget_session(see_other("/sign-in", "signed-out"))
    return see_other("/account/sessions", "session-ended")


@own_blueprint.post("/sessions/end-others")
def end_other_sessions() -> Response:
    """End all sessions of the user but this one."""
    for session_id in _own_ids():
        if session_id != current_id():
            db.session.execute(delete_session(session_id))
    db.session.commit()
    return see_other("/account/sessions", "sessions-ended")


@own_blueprint.get("/password")
def show_password() -> Response:
    """Show the form of a new password."""
    return page("password.html", form=Form(PASSWORD, PasswordChange))


@own_blueprint.post("/password")
def change_password() -> Response:
    """Change the password, and end all sessions but this one, which gets a new id."""
    form = Form(PASSWORD, PasswordChange)
    change = form.validate(read_form(), PasswordChange)
    if change is None:
        return page("password.html", 422, form=form)
    user = signed_in_user()
    credentials = Credentials(username=user.email, password=change.current)
    if check_password(credentials) and (response := _change_password(user, change.new)):
        return response
    form.errors["current"] = WRONG_PASSWORD
    return page("password.html", 401, form=form)


def _ask(form: Form, next_path: str, status: int = 200) -> Response:
    """Show the form of a sign-in, and say where no session could follow."""
    host, fetch_site = (request.headers.get(name, "") for name in ("Host", "Sec-Fetch-Site"))
    insecure = cookies().need_https and is_dropped(request.scheme, host, fetch_site)
    return page("sign_in.html", status, form=form, next=next_path, insecure=insecure)


def _begin(user: User, response: Response) -> Response | None:
    """Begin a session in place of that of the cookie, unless the password has just been replaced."""
    begun = begin_session(user)
    if begun is None:
        return None
    if old_id := current_id():
        db.session.execute(delete_session(old_id))
    db.session.commit()
    return keep_session(response, begun.id)


def _change_password(user: User, password: str) -> Response | None:
    """Replace the password and all sessions, unless another request has just replaced it."""
    with get_limiter().hash_semaphore:
        password_hash = hash_password(password)
    replaced = db.session.execute(replace_password(user, password_hash))
    if cast(CursorResult[Any], replaced).rowcount == 0:
        return None
    for session_id in _own_ids():
        db.session.execute(delete_session(session_id))
    return _begin(user, see_other("/account/sessions", "password-changed"))


def _own_ids() -> Sequence[str]:
    return db.session.scalars(select_ids(signed_in_user().id)).all()
