"""The session of a browser, and the pages that need one."""

from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response

from app.auth.models import User
from app.auth.ownership import set_current_user
from app.database import SessionDep, open_session
from app.models import utc_now
from app.pages.cookies import read_cookies
from app.pages.page_request import cookies_of, read_cookie
from app.pages.paths import sign_in_path
from app.pages.responses import see_other
from app.pages.session_cookie import SessionCookie
from app.pages.sessions import select_signed_in
from app.server.proxies import local_path
from app.settings import Settings

SESSION = "session"


class SignInNeeded(Exception):
    """A page needs a session, and the browser has none."""


def init_app(app: FastAPI, settings: Settings) -> None:
    """Let the application sign the ids of sessions, and send those without one to the sign-in."""
    app.state.session_cookie = SessionCookie(settings)
    app.add_exception_handler(SignInNeeded, ask_to_sign_in)


async def get_current_id(request: Request) -> str | None:
    """Return the id of the session that the cookie names, whether or not it lasts."""
    text = read_cookie(request, SESSION)
    return session_cookie(request).read(text) if text else None


CurrentId = Annotated[str | None, Depends(get_current_id)]


async def find_session(request: Request, session_id: CurrentId, session: SessionDep) -> User | None:
    """Find the user of the session; this opens none of their rows."""
    user = await session.scalar(select_signed_in(session_id, utc_now())) if session_id else None
    # Kept by itself: after a rollback, the user would have to be read again.
    request.state.email = user.email if user else None
    return user


FoundUser = Annotated[User | None, Depends(find_session)]


async def require_session(user: FoundUser, session: SessionDep) -> User:
    """Send a browser without a session to the sign-in; otherwise open the rows of its user."""
    if user is None:
        raise SignInNeeded
    set_current_user(session, user.id)
    return user


SignedInUser = Annotated[User, Depends(require_session)]


async def require_user(request: Request, session_id: CurrentId) -> User:
    """Require a session as well, for a request that will wait and must not hold the database."""
    async with open_session(request.app) as session:
        return await require_session(await find_session(request, session_id, session), session)


WaitingUser = Annotated[User, Depends(require_user)]


async def ask_to_sign_in(request: Request, _error: Exception) -> Response:
    """Send a browser to the sign-in, which leads back to the page that it asked for."""
    path = sign_in_path(request.method, local_path(request.scope), request.url.query)
    return forget_session(see_other(request, path), request)


def session_cookie(request: Request) -> SessionCookie:
    """Return what signs the ids of sessions."""
    found: SessionCookie = request.app.state.session_cookie
    return found


def keep_session(response: Response, session_id: str, request: Request) -> Response:
    """Let the browser keep a session."""
    seconds = int(request.app.state.tokens.refresh_lifetime.total_seconds())
    value = session_cookie(request).sign(session_id)
    response.headers.append("Set-Cookie", cookies_of(request).set(SESSION, value, seconds))
    return response


def forget_session(response: Response, request: Request) -> Response:
    """Let the browser delete a cookie that opens nothing, where it sent one."""
    sent = read_cookies(",".join(request.headers.getlist("Cookie")))
    if cookies_of(request).name(SESSION) in sent:
        response.headers.append("Set-Cookie", cookies_of(request).delete(SESSION))
    return response
