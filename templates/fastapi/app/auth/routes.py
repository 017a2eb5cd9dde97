"""The routes of sign-in."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Any, cast
from uuid import uuid4

from fastapi import APIRouter, Form, HTTPException, Request, Response
from sqlalchemy import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import messages, sessions
from app.auth.claims import Claims
from app.auth.current_user import AccessToken, CurrentUser, Unauthorized
from app.auth.lifespan import lifespan
from app.auth.schemas import Credentials, RefreshToken, Registration, TokenPair, UserRead
from app.auth.sign_in import add_user, begin_session, check_password, hash_in_turn
from app.auth.sign_in_limiter import LimiterDep
from app.auth.tokens import TokensDep
from app.auth.urlencoded_form import UrlencodedRoute
from app.database import SessionDep, open_session
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
async def register(new: Registration, request: Request, limiter: LimiterDep) -> UserRead:
    """Create a user."""
    password_hash = await hash_in_turn(new.password, limiter)
    async with open_session(request.app) as session:
        user = await add_user(new.email, password_hash, session)
        if user is None:
            raise HTTPException(409, messages.EMAIL_TAKEN)
        await session.commit()
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
    limiter: LimiterDep,
    tokens: TokensDep,
) -> TokenPair:
    """Start a session with an address and a password."""
    user = await check_password(form, request, limiter)
    if user is None:
        raise Unauthorized(messages.WRONG_CREDENTIALS)
    async with open_session(request.app) as session:
        begun = await begin_session(user, tokens.refresh_lifetime, session)
        if begun is None:
            raise Unauthorized(messages.WRONG_CREDENTIALS)
        await session.commit()
    response.headers.update(NO_STORE)
    return tokens.issue(begun.user_id, begun.id, begun.refresh_jti, fresh=True)


@router.post("/refresh", operation_id="refresh", responses=problem_responses(401, 413, 422, 503))
async def refresh(
    body: RefreshToken, request: Request, response: Response, tokens: TokensDep
) -> TokenPair:
    """Exchange a refresh token for new tokens; one that is spent already ends the session."""
    arrived_at = utc_now()
    token = tokens.read(body.refresh_token, "refresh")
    if token is None:
        raise Unauthorized(messages.INVALID_REFRESH_TOKEN)
    async with open_session(request.app) as session:
        jti = await _rotate_refresh(token, arrived_at, tokens.refresh_lifetime, session)
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


async def _rotate_refresh(
    token: Claims, arrived_at: datetime, lifetime: timedelta, session: AsyncSession
) -> str:
    """Replace a refresh token with the next one, whose id is returned."""
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
    rotate = sessions.rotate_refresh(token, jti, answered_at, lifetime)
    rotated = cast(CursorResult[Any], await session.execute(rotate))
    await session.commit()
    if rotated.rowcount == 0:
        raise Unauthorized(messages.CONCURRENT_REFRESH)
    return jti
