"""The session of a browser, and the pages that need one."""

from flask import Flask, Response, current_app, g, request

from app.auth import tokens
from app.auth.models import User
from app.auth.ownership import set_current_user
from app.database import db
from app.models import utc_now
from app.pages.cookies import read_cookies
from app.pages.page_request import cookies, read_cookie
from app.pages.paths import sign_in_path
from app.pages.responses import see_other
from app.pages.session_cookie import SessionCookie
from app.pages.sessions import select_signed_in
from app.settings import Settings

SESSION = "session"


def init_app(app: Flask, settings: Settings) -> None:
    """Let the application sign the ids of sessions."""
    app.extensions["session_cookie"] = SessionCookie(settings)


def session_cookie() -> SessionCookie:
    """Return what signs the ids of sessions."""
    found: SessionCookie = current_app.extensions["session_cookie"]
    return found


def current_id() -> str | None:
    """Return the id of the session that the cookie names, whether or not it lasts."""
    text = read_cookie(SESSION)
    return session_cookie().read(text) if text else None


def find_session() -> User | None:
    """Find the user of the session; this opens none of their rows."""
    session_id = current_id()
    g.user = db.session.scalar(select_signed_in(session_id, utc_now())) if session_id else None
    user: User | None = g.user
    # Kept by itself: after a rollback, the user would have to be read again.
    g.email = user.email if user else None
    return user


def require_session() -> Response | None:
    """Send a browser without a session to the sign-in; otherwise open the rows of its user."""
    user = find_session()
    if user is None:
        query = request.query_string.decode("latin-1")
        return forget_session(see_other(sign_in_path(request.method, request.path, query)))
    set_current_user(db.session, user.id)
    return None


def signed_in_user() -> User:
    """Return the user of a page that needs a session."""
    user: User = g.user
    return user


def keep_session(response: Response, session_id: str) -> Response:
    """Let the browser keep a session."""
    seconds = int(tokens.refresh_lifetime().total_seconds())
    value = session_cookie().sign(session_id)
    response.headers.add("Set-Cookie", cookies().set(SESSION, value, seconds))
    return response


def forget_session(response: Response) -> Response:
    """Let the browser delete a cookie that opens nothing, where it sent one."""
    if cookies().name(SESSION) in read_cookies(request.headers.get("Cookie", "")):
        response.headers.add("Set-Cookie", cookies().delete(SESSION))
    return response
