"""The pages of an account: sign-up, sign-in, sign-out, its sessions and its password."""

from collections.abc import Sequence

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.messages import EMAIL_TAKEN, WRONG_CREDENTIALS
from app.auth.models import User
from app.auth.schemas import Credentials, Registration
from app.auth.sessions import delete_session
from app.auth.sign_in import (
    add_user,
    begin_session,
    check_password,
    hash_in_turn,
    replace_password,
)
from app.auth.sign_in_limiter import LimiterDep
from app.database import SessionDep, open_session
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
    CurrentId,
    FoundUser,
    SignedInUser,
    WaitingUser,
    forget_session,
    get_current_id,
    keep_session,
)
from app.pages.forms import Form
from app.pages.page_request import FormData, cookies_of, read_query
from app.pages.paths import safe_next
from app.pages.responses import page, see_other
from app.pages.session_cookie import is_dropped
from app.pages.sessions import describe, select_ids, select_sessions

router = APIRouter()


@router.get("/sign-up")
async def show_sign_up(request: Request, user: FoundUser) -> Response:
    """Show the form of a new user."""
    next_path = safe_next(read_query(request).get("next", ""))
    if user:
        return see_other(request, next_path)
    return page(request, "sign_up.html", form=Form(SIGN_UP, Registration), next=next_path)


@router.post("/sign-up")
async def sign_up(request: Request, submitted: FormData, limiter: LimiterDep) -> Response:
    """Create a user, and sign in."""
    form, next_path = Form(SIGN_UP, Registration), safe_next(submitted.get("next", ""))
    if new := form.validate(submitted, Registration):
        password_hash = await hash_in_turn(new.password, limiter)
        async with open_session(request.app) as session:
            if user := await add_user(new.email, password_hash, session):
                to_next = see_other(request, next_path, "welcome")
                if response := await _begin(user, to_next, request, session):
                    return response
        form.errors["email"] = EMAIL_TAKEN
    return page(request, "sign_up.html", 422, form=form, next=next_path)


@router.get("/sign-in")
async def show_sign_in(request: Request, user: FoundUser) -> Response:
    """Show the form of a user."""
    next_path = safe_next(read_query(request).get("next", ""))
    if user:
        return see_other(request, next_path)
    return _ask(request, Form(SIGN_IN, SignIn), next_path)


@router.post("/sign-in")
async def sign_in(request: Request, submitted: FormData, limiter: LimiterDep) -> Response:
    """Begin a session; that of the cookie, if any, ends."""
    form, next_path = Form(SIGN_IN, SignIn), safe_next(submitted.get("next", ""))
    sent = form.validate(submitted, SignIn)
    if sent is None:
        return _ask(request, form, next_path, 422)
    if user := await check_password(sent.credentials, request, limiter):
        to_next = see_other(request, next_path)
        async with open_session(request.app) as session:
            if response := await _begin(user, to_next, request, session):
                return response
    form.error = WRONG_CREDENTIALS
    return _ask(request, form, next_path, 401)


@router.post("/sign-out")
async def sign_out(request: Request, current_id: CurrentId, session: SessionDep) -> Response:
    """End the session."""
    if current_id:
        await session.execute(delete_session(current_id))
        await session.commit()
    return forget_session(see_other(request, "/sign-in", "signed-out"), request)


@router.get("/account/sessions")
async def list_sessions(
    request: Request, user: SignedInUser, current_id: CurrentId, session: SessionDep
) -> Response:
    """List the sessions of the user."""
    rows = await session.scalars(select_sessions(user.id, utc_now()))
    return page(request, "sessions.html", sessions=[describe(row, current_id) for row in rows])


@router.post("/account/sessions/{session_id}/end")
async def end_session(
    request: Request,
    session_id: str,
    user: SignedInUser,
    current_id: CurrentId,
    session: SessionDep,
) -> Response:
    """End a session of the user."""
    if session_id not in await _own_ids(user, session):
        raise HTTPException(404)
    await session.execute(delete_session(session_id))
    await session.commit()
    if session_id == current_id:
        return forget_session(see_other(request, "/sign-in", "signed-out"), request)
    return see_other(request, "/account/sessions", "session-ended")


@router.post("/account/sessions/end-others")
async def end_other_sessions(
    request: Request, user: SignedInUser, current_id: CurrentId, session: SessionDep
) -> Response:
    """End all sessions of the user but this one."""
    for session_id in await _own_ids(user, session):
        if session_id != current_id:
            await session.execute(delete_session(session_id))
    await session.commit()
    return see_other(request, "/account/sessions", "sessions-ended")


@router.get("/account/password")
async def show_password(request: Request, _user: SignedInUser) -> Response:
    """Show the form of a new password."""
    return page(request, "password.html", form=Form(PASSWORD, PasswordChange))


@router.post("/account/password")
async def change_password(
    request: Request, user: WaitingUser, submitted: FormData, limiter: LimiterDep
) -> Response:
    """Change the password, and end all sessions but this one, which gets a new id."""
    form = Form(PASSWORD, PasswordChange)
    change = form.validate(submitted, PasswordChange)
    if change is None:
        return page(request, "password.html", 422, form=form)
    credentials = Credentials(username=user.email, password=change.current)
    if known := await check_password(credentials, request, limiter):
        password_hash = await hash_in_turn(change.new, limiter)
        async with open_session(request.app) as session:
            if response := await _replace_password(known, password_hash, request, session):
                return response
    form.errors["current"] = WRONG_PASSWORD
    return page(request, "password.html", 401, form=form)


def _ask(request: Request, form: Form, next_path: str, status: int = 200) -> Response:
    """Show the form of a sign-in, and say where no session could follow."""
    host, fetch_site = (request.headers.get(name, "") for name in ("Host", "Sec-Fetch-Site"))
    insecure = cookies_of(request).need_https and is_dropped(request.url.scheme, host, fetch_site)
    values = {"form": form, "next": next_path, "insecure": insecure}
    return page(request, "sign_in.html", status, **values)


async def _begin(
    user: User, response: Response, request: Request, session: AsyncSession
) -> Response | None:
    """Begin a session in place of that of the cookie, unless the password has just been replaced."""
    begun = await begin_session(user, request.app.state.tokens.refresh_lifetime, session)
    if begun is None:
        return None
    if old_id := await get_current_id(request):
        await session.execute(delete_session(old_id))
    await session.commit()
    return keep_session(response, begun.id, request)


async def _replace_password(
    user: User, password_hash: str, request: Request, session: AsyncSession
) -> Response | None:
    """Replace the password and all sessions, unless another request has just replaced it."""
    if not await replace_password(user, password_hash, session):
        return None
    for session_id in await _own_ids(user, session):
        await session.execute(delete_session(session_id))
    response = see_other(request, "/account/sessions", "password-changed")
    return await _begin(user, response, request, session)


async def _own_ids(user: User, session: AsyncSession) -> Sequence[str]:
    return (await session.scalars(select_ids(user.id))).all()
