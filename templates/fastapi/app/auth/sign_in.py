"""Signing up and in: new users, their passwords and their sessions."""

import asyncio
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

from fastapi import Request
from sqlalchemy import CursorResult, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import sessions
from app.auth.models import User, UserSession
from app.auth.passwords import hash_password, verify_password
from app.auth.schemas import Credentials, Registration
from app.auth.sign_in_limiter import SignInLimiter
from app.models import utc_now


async def add_user(new: Registration, session: AsyncSession, limiter: SignInLimiter) -> User | None:
    """Add a user, or return None where the address is taken; the caller commits."""
    async with limiter.hash_semaphore:
        password_hash = await asyncio.to_thread(hash_password, new.password)
    user = User(email=new.email, password_hash=password_hash)
    session.add(user)
    try:
        await session.flush()
    except IntegrityError:
        return None
    return user


async def check_password(
    form: Credentials, request: Request, session: AsyncSession, limiter: SignInLimiter
) -> User | None:
    """Find the user of an address and a password; answer 429 after too many that were wrong."""
    email = form.email
    keys = limiter.keys_of_request(request, email or form.username)
    async with limiter.hash_semaphore:
        await limiter.check(keys)
        user = await session.scalar(select(User).where(User.email == email)) if email else None
        known_hash = user.password_hash if user else None
        right, new_hash = await asyncio.to_thread(verify_password, form.password, known_hash)
        if user is None or not right:
            await limiter.count_failure(keys)
            return None
    if new_hash:
        await session.execute(sessions.replace_password(user, new_hash))
    return user


async def begin_session(
    user: User, lifetime: timedelta, session: AsyncSession
) -> UserSession | None:
    """Begin a session, or return None where the password is a new one; the caller commits.

    Sessions of the user that have expired are deleted.
    """
    # Who changes the password and ends all sessions comes before this, or else waits and finds it.
    keep = sessions.replace_password(user, user.password_hash)
    if cast(CursorResult[Any], await session.execute(keep)).rowcount == 0:
        return None
    now = utc_now()
    begun = UserSession(
        id=str(uuid4()), user_id=user.id, refresh_jti=str(uuid4()), expires_at=now + lifetime
    )
    session.add(begun)
    for expired in await session.scalars(sessions.select_expired(user.id, now)):
        await session.execute(sessions.delete_session(expired))
    return begun
