"""The routes of sign-in."""

import asyncio
from typing import Annotated, Any, cast
from uuid import uuid4

from fastapi import APIRouter, Form, HTTPException, Request, Response
from sqlalchemy import CursorResult, select
from sqlalchemy.exc import IntegrityError

from app.auth import messages, sessions
from app.auth.current_user import AccessToken, CurrentUser, Unauthorized
from app.auth.lifespan import lifespan
from app.auth.models import User, UserSession
from app.auth.passwords import hash_password, verify_password
from app.auth.schemas import Credentials, RefreshToken, Registration, TokenPair, UserRead
from app.auth.sign_in_limiter import LimiterDep
from app.auth.tokens import TokensDep
from app.auth.urlencoded_form import UrlencodedRoute
from app.database import SessionDep
from app.models import utc_now
from app.problem_responses import problem_responses

router = APIRouter(
    prefix="/api/v1/auth", tags=["auth"], route_class=UrlencodedRoute, lifespan=lifespan
)

NO_STORE = {"Cache-Control": "no-store"}


@router.post(
    "/register",
    status_code=201,
    operation_id="register",
    responses=problem_responses(409, 413, 422, 503),
)
async def register(new: Registration, session: SessionDep, limiter: LimiterDep) -> UserRead:
    """Create a user."""
    async with limiter.hash_semaphore:
        password_hash = await asyncio.to_thread(hash_password, new.password)
    user = User(email=new.email, password_hash=password_hash)
    session.add(user)
    try:
        await session.commit()
    except IntegrityError:
        raise HTTPException(409, messages.EMAIL_TAKEN) from None
    return UserRead.model_validate(user)


@router.post(
    "/token",
    operation_id="sign_in",
    responses=problem_responses(401, 413, 422, 429, 503),
)
async def sign_in(
    form: Annotated[Credentials, Form()],
    request: Request,
    response: Response,
    session: SessionDep,
    limiter: LimiterDep,
    tokens: TokensDep,
) -> TokenPair:
    """Start a session with an address and a password."""
    email = form.email
    keys = limiter.keys_of_request(request, email or form.username)
    async with limiter.hash_semaphore:
        await limiter.check(keys)
        user = await session.scalar(select(User).where(User.email == email)) if email else None
        known_hash = user.password_hash if user else None
        right, new_hash = await asyncio.to_thread(verify_password, form.password, known_hash)
        if user is None or not right:
            await limiter.count_failure(keys)
            raise Unauthorized(messages.WRONG_CREDENTIALS)
    user.password_hash = new_hash or user.password_hash
    now, family, jti = utc_now(), str(uuid4()), str(uuid4())
    expires_at = now + tokens.refresh_lifetime
    session.add(UserSession(id=family, user_id=user.id, refresh_jti=jti, expires_at=expires_at))
    for expired in await session.scalars(sessions.select_expired(user.id, now)):
        await session.execute(sessions.delete_session(expired))
    await session.commit()
    response.headers.update(NO_STORE)
    return tokens.issue(user.id, family, jti, fresh=True)


@router.post("/refresh", operation_id="refresh", responses=problem_responses(401, 413, 422, 503))
async def refresh(
    body: RefreshToken, response: Response, session: SessionDep, tokens: TokensDep
) -> TokenPair:
    """Exchange a refresh token for new tokens; one that is spent already ends the session."""
    arrived_at = utc_now()
    token = tokens.read(body.refresh_token, "refresh")
    if token is None:
        raise Unauthorized(messages.INVALID_REFRESH_TOKEN)
    current = (await session.execute(sessions.select_refresh(token))).one_or_none()
    # The next statement must see what other requests have written since.
    await session.rollback()
    if current is None:
        raise Unauthorized(messages.INVALID_REFRESH_TOKEN)
    if current.refresh_jti != token.jti:
        if arrived_at < current.refreshed_at:
            raise Unauthorized(messages.CONCURRENT_REFRESH)
        await session.execute(sessions.delete_session(token.fam))
        await session.commit()
        raise Unauthorized(messages.INVALID_REFRESH_TOKEN)
    answered_at, jti = utc_now() + sessions.REFRESH_DELAY, str(uuid4())
    rotate = sessions.rotate_refresh(token, jti, answered_at, tokens.refresh_lifetime)
    rotated = cast(CursorResult[Any], await session.execute(rotate))
    await session.commit()
    if rotated.rowcount == 0:
        raise Unauthorized(messages.CONCURRENT_REFRESH)
    await asyncio.sleep(sessions.REFRESH_DELAY.total_seconds())
    response.headers.update(NO_STORE)
    return tokens.issue(token.user_id, token.fam, jti, fresh=False)


@router.post(
    "/logout",
    status_code=204,
    response_class=Response,
    operation_id="logout",
    responses=problem_responses(401, 503),
)
async def logout(token: AccessToken, _user: CurrentUser, session: SessionDep) -> None:
    """End the session: none of its tokens is valid any more."""
    await session.execute(sessions.delete_session(token.fam))
    await session.commit()


@router.get("/me", operation_id="read_me", responses=problem_responses(401, 503))
async def read_me(user: CurrentUser) -> UserRead:
    """Read the user who is signed in."""
    return UserRead.model_validate(user)
