"""The user who sends a request, and the routes that need one."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.security import OAuth2PasswordBearer

from app.auth.claims import Claims
from app.auth.messages import ACCESS_TOKEN_NEEDED
from app.auth.models import User
from app.auth.ownership import set_current_user
from app.auth.sessions import select_user
from app.auth.tokens import TokensDep
from app.database import SessionDep
from app.problem_responses import problem_responses

bearer = OAuth2PasswordBearer(tokenUrl="/api/v1/auth/token", auto_error=False)


class Unauthorized(HTTPException):
    """A request without valid credentials."""

    def __init__(self, detail: str = ACCESS_TOKEN_NEEDED) -> None:
        super().__init__(401, detail, {"WWW-Authenticate": "Bearer"})


async def read_access_token(
    request: Request, token: Annotated[str | None, Depends(bearer)], tokens: TokensDep
) -> Claims:
    """Read the access token of a request; two headers contradict each other, and none is read."""
    single = len(request.headers.getlist("Authorization")) == 1
    claims = tokens.read(token, "access") if token and single else None
    if claims is None:
        raise Unauthorized
    return claims


AccessToken = Annotated[Claims, Depends(read_access_token)]


async def get_current_user(token: AccessToken, session: SessionDep) -> User:
    """Find the user of a token, as long as the session of the token lasts."""
    user = await session.scalar(select_user(token))
    if user is None:
        raise Unauthorized
    return user


CurrentUser = Annotated[User, Depends(get_current_user)]


async def require_user(user: CurrentUser, session: SessionDep) -> None:
    """Answer 401 without a valid access token; otherwise open the rows of its user."""
    set_current_user(session, user.id)


def include_protected(app: FastAPI, router: APIRouter, check: Callable[..., Any]) -> None:
    """Add routes that are for signed-in users; the check answers 401 to all other requests."""
    app.include_router(router, dependencies=[Depends(check)], responses=problem_responses(401))
