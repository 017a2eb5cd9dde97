"""Tokens, issued and read."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import uuid4

import jwt
from fastapi import Depends, Request
from pydantic import ValidationError

from app.auth.claims import ALGORITHM, MAX_TOKEN_LENGTH, Claims, SigningKeys
from app.auth.schemas import TokenPair
from app.auth.settings import AuthSettings


class Tokens:
    """The tokens of the service."""

    def __init__(self, settings: AuthSettings) -> None:
        self._keys = SigningKeys(settings)
        self._access_lifetime = timedelta(minutes=settings.access_token_minutes)
        self.refresh_lifetime = timedelta(days=settings.refresh_token_days)

    def issue(self, user_id: int, family: str, refresh_jti: str, *, fresh: bool) -> TokenPair:
        """Issue the tokens of a session; `fresh` says that the password was just entered."""
        access = {"type": "access", "jti": str(uuid4()), "fresh": fresh}
        refresh = {"type": "refresh", "jti": refresh_jti, "fresh": False}
        shared = {"sub": str(user_id), "fam": family}
        return TokenPair(
            access_token=self._sign(shared | access, self._access_lifetime),
            refresh_token=self._sign(shared | refresh, self.refresh_lifetime),
            expires_in=int(self._access_lifetime.total_seconds()),
        )

    def read(self, token: str, kind: Literal["access", "refresh"]) -> Claims | None:
        """Read a token of this kind; return None where it is not valid."""
        if len(token) > MAX_TOKEN_LENGTH:
            return None
        try:
            secret = self._keys.find(jwt.get_unverified_header(token))
            claims = Claims.model_validate(jwt.decode(token, secret, algorithms=[ALGORITHM]))
        except (jwt.InvalidTokenError, ValidationError):
            return None
        return claims if claims.type == kind else None

    def _sign(self, claims: dict[str, object], lifetime: timedelta) -> str:
        now = datetime.now(UTC)
        instants = {"iat": now, "nbf": now, "exp": now + lifetime}
        header = {"kid": self._keys.id}
        return jwt.encode(claims | instants, self._keys.secret, ALGORITHM, header)


async def get_tokens(request: Request) -> Tokens:
    """Return the tokens of the application."""
    tokens: Tokens = request.app.state.tokens
    return tokens


TokensDep = Annotated[Tokens, Depends(get_tokens)]
