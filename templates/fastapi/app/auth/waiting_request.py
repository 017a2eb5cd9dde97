"""Who may send a request that waits for something else than the database."""

from fastapi import Request

from app.auth.current_user import AccessToken, get_current_user
from app.database import open_session


async def require_user(request: Request, token: AccessToken) -> None:
    """Let only signed-in users in, and hold no connection of the database afterwards."""
    async with open_session(request.app) as session:
        await get_current_user(token, session)
