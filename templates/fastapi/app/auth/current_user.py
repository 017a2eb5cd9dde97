"""Who sends a request."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.security import OAuth2PasswordBearer
from sqlalchemy import select

from app.auth.claims import Claims
from app.auth.models import User, UserSession
from app.auth.owned import act_for
from app.auth.tokens import TokensDep
from app.database import SessionDep
from app.problem_responses import problem_responses

bearer = OAuth2PasswordBearer(tokenUrl="/api/v1/auth/token", auto_error=False)


class Unauthorized(HTTPException):
    """A request without good credentials."""

    def __init__(self, detail: str = "A valid access token is needed.") -> None:
        super().__init__(401, detail, {"WWW-Authenticate": "Bearer"})


async def read_access_token(
    request: Request, token: Annotated[str | None, Depends(bearer)], tokens: TokensDep
) -> Claims:
    """Read the access token of a request; of two headers nobody knows which one counts."""
    alone = len(request.headers.getlist("Authorization")) == 1
    claims = tokens.read(token, "access") if token and alone else None
    if claims is None:
        raise Unauthorized
    return claims


AccessToken = Annotated[Claims, Depends(read_access_token)]


async def get_current_user(token: AccessToken, session: SessionDep) -> User:
    """Find the user of a token, as long as the session that it belongs to lasts."""
    user = await session.scalar(
        select(User)
        .join(UserSession, UserSession.user_id == User.id)
        .where(UserSession.id == token.fam, User.id == token.user_id)
    )
    if user is None:
        raise Unauthorized
    return user


CurrentUser = Annotated[User, Depends(get_current_user)]


async def act_for_current_user(user: CurrentUser, session: SessionDep) -> None:
    """Let a request see and change what its user owns."""
    act_for(session.sync_session, user.id)


def include_protected(app: FastAPI, router: APIRouter, check: Callable[..., Any]) -> None:
    """Add routes that are for users: the check refuses all other requests."""
    app.include_router(router, dependencies=[Depends(check)], responses=problem_responses(401))
