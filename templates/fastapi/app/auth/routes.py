"""The routes of sign-in."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Any, cast
from uuid import uuid4

from fastapi import APIRouter, Form, HTTPException, Request, Response
from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.current_user import AccessToken, CurrentUser, Unauthorized
from app.auth.form import UrlencodedRoute
from app.auth.lifespan import lifespan
from app.auth.limiter import LimiterDep
from app.auth.models import User, UserSession
from app.auth.passwords import hash_password, verify_password
from app.auth.schemas import (
    Credentials,
    RefreshToken,
    Registration,
    TokenPair,
    UserRead,
    parse_email,
)
from app.auth.tokens import TokensDep
from app.database import SessionDep
from app.models import utc_now
from app.problem_responses import problem_responses

router = APIRouter(
    prefix="/api/v1/auth", tags=["auth"], route_class=UrlencodedRoute, lifespan=lifespan
)

NO_STORE = {"Cache-Control": "no-store"}
BAD_REFRESH_TOKEN = "The refresh token is not valid."
LOST_RACE = "Another request spent the refresh token at the same moment."
# A refresh waits with its answer. Whoever sends the same token before that cannot know that it is
# spent, so it is no thief but another tab.
ANSWER_DELAY = timedelta(milliseconds=200)


@router.post(
    "/register",
    status_code=201,
    operation_id="register",
    responses=problem_responses(409, 413, 422),
)
async def register(new: Registration, session: SessionDep, limiter: LimiterDep) -> UserRead:
    """Create a user."""
    async with limiter.slots:
        password_hash = await asyncio.to_thread(hash_password, new.password)
    user = User(email=new.email, password_hash=password_hash)
    session.add(user)
    try:
        await session.commit()
    except IntegrityError:
        raise HTTPException(409, "This address is taken.") from None
    return UserRead.model_validate(user)


@router.post(
    "/token",
    operation_id="sign_in",
    responses=problem_responses(401, 413, 422, 429),
)
async def sign_in(
    form: Annotated[Credentials, Form()],
    request: Request,
    response: Response,
    session: SessionDep,
    limiter: LimiterDep,
    tokens: TokensDep,
) -> TokenPair:
    """Begin a session with an address and a password."""
    email = parse_email(form.username)
    keys = limiter.identify(request, email or form.username)
    async with limiter.slots:
        await limiter.refuse_too_many(keys)
        user = await session.scalar(select(User).where(User.email == email)) if email else None
        known_hash = user.password_hash if user else None
        right, new_hash = await asyncio.to_thread(verify_password, form.password, known_hash)
        if user is None or not right:
            await limiter.count_failure(keys)
            raise Unauthorized("The address or the password is wrong.")
    user.password_hash = new_hash or user.password_hash
    now, family, jti = utc_now(), str(uuid4()), str(uuid4())
    session.add(
        UserSession(
            id=family,
            user_id=user.id,
            refresh_jti=jti,
            expires_at=now + tokens.refresh_lifetime,
        )
    )
    await _delete_expired(user, now, session)
    await session.commit()
    response.headers.update(NO_STORE)
    return tokens.issue(user.id, family, jti, fresh=True)


@router.post("/refresh", operation_id="refresh", responses=problem_responses(401, 413, 422))
async def refresh(
    body: RefreshToken, response: Response, session: SessionDep, tokens: TokensDep
) -> TokenPair:
    """Spend a refresh token on new tokens; one that was spent before ends the session."""
    arrived_at = utc_now()
    token = tokens.read(body.refresh_token, "refresh")
    if token is None:
        raise Unauthorized(BAD_REFRESH_TOKEN)
    mine = (UserSession.id == token.fam, UserSession.user_id == token.user_id)
    rows = await session.execute(
        select(UserSession.refresh_jti, UserSession.refreshed_at).where(*mine)
    )
    current = rows.one_or_none()
    # What follows must see what other requests have written since.
    await session.rollback()
    if current is None:
        raise Unauthorized(BAD_REFRESH_TOKEN)
    if current.refresh_jti != token.jti:
        if arrived_at < current.refreshed_at:
            raise Unauthorized(LOST_RACE)
        await session.execute(delete(UserSession).where(*mine))
        await session.commit()
        raise Unauthorized(BAD_REFRESH_TOKEN)
    answered_at, jti = utc_now() + ANSWER_DELAY, str(uuid4())
    spent = await session.execute(
        update(UserSession)
        .where(*mine, UserSession.refresh_jti == token.jti)
        .values(
            refresh_jti=jti,
            refreshed_at=answered_at,
            expires_at=answered_at + tokens.refresh_lifetime,
        )
    )
    await session.commit()
    if cast(CursorResult[Any], spent).rowcount == 0:
        raise Unauthorized(LOST_RACE)
    await asyncio.sleep(ANSWER_DELAY.total_seconds())
    response.headers.update(NO_STORE)
    return tokens.issue(token.user_id, token.fam, jti, fresh=False)


@router.post(
    "/logout",
    status_code=204,
    response_class=Response,
    operation_id="logout",
    responses=problem_responses(401),
)
async def logout(token: AccessToken, _user: CurrentUser, session: SessionDep) -> None:
    """End the session: none of its tokens counts any more."""
    await session.execute(delete(UserSession).where(UserSession.id == token.fam))
    await session.commit()


@router.get("/me", operation_id="read_me", responses=problem_responses(401))
async def read_me(user: CurrentUser) -> UserRead:
    """Read who is signed in."""
    return UserRead.model_validate(user)


async def _delete_expired(user: User, now: datetime, session: AsyncSession) -> None:
    """Delete the user's sessions that ended by themselves, one by one, so that no gap is locked."""
    expired = select(UserSession.id).where(
        UserSession.user_id == user.id, UserSession.expires_at < now
    )
    for family in await session.scalars(expired):
        await session.execute(delete(UserSession).where(UserSession.id == family))
