"""Signing up and in: new users, their passwords and their sessions.

No request waits for its turn to hash with a database session in hand, as the others need one.
"""

import asyncio
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

from fastapi import FastAPI, Request
from sqlalchemy import CursorResult, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import sessions
from app.auth.models import User, UserSession
from app.auth.passwords import hash_password, verify_password
from app.auth.schemas import Credentials
from app.auth.sign_in_limiter import SignInLimiter
from app.database import open_session
from app.models import utc_now


async def hash_in_turn(password: str, limiter: SignInLimiter) -> str:
    """Hash a password, when it is its turn."""
    async with limiter.hash_semaphore:
        return await asyncio.to_thread(hash_password, password)


async def add_user(email: str, password_hash: str, session: AsyncSession) -> User | None:
    """Add a user, or return None where the address is taken; the caller commits."""
    user = User(email=email, password_hash=password_hash)
    session.add(user)
    try:
        await session.flush()
    except IntegrityError:
        return None
    return user


async def check_password(
    form: Credentials, request: Request, limiter: SignInLimiter
) -> User | None:
    """Find the user of an address and a password; answer 429 after too many that were wrong."""
    email = form.email
    keys = limiter.keys_of_request(request, email or form.username)
    async with limiter.hash_semaphore:
        await limiter.check(keys)
        user = await _find_user(email, request.app) if email else None
        known_hash = user.password_hash if user else None
        right, new_hash = await asyncio.to_thread(verify_password, form.password, known_hash)
        if user is None or not right:
            await limiter.count_failure(keys)
            return None
    if new_hash:
        async with open_session(request.app) as session:
            renewed = await replace_password(user, new_hash, session)
            await session.commit()
        if not renewed:  # another request was faster, so what it stored counts
            return await check_password(form, request, limiter)
    return user


async def _find_user(email: str, app: FastAPI) -> User | None:
    async with open_session(app) as session:
        return await session.scalar(select(User).where(User.email == email))


async def replace_password(user: User, password_hash: str, session: AsyncSession) -> bool:
    """Replace the password of a user, unless another request has; the caller commits."""
    replaced = await session.execute(sessions.replace_password(user, password_hash))
    user.password_hash = password_hash
    return cast(CursorResult[Any], replaced).rowcount == 1


async def begin_session(
    user: User, lifetime: timedelta, session: AsyncSession
) -> UserSession | None:
    """Begin a session, or return None where the password is a new one; the caller commits.

    Sessions of the user that have expired are deleted.
    """
    # Who changes the password and ends all sessions comes before this, or else waits and finds it.
    if not await replace_password(user, user.password_hash, session):
        return None
    now = utc_now()
    begun = UserSession(
        id=str(uuid4()), user_id=user.id, refresh_jti=str(uuid4()), expires_at=now + lifetime
    )
    session.add(begun)
    for expired in await session.scalars(sessions.select_expired(user.id, now)):
        await session.execute(sessions.delete_session(expired))
    return begun
