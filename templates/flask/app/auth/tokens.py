"""Tokens: issued, and read back. Flask-JWT-Extended, held to what the service promises."""

import re
from datetime import timedelta
from typing import Any, Literal

from flask import Flask, current_app, request
from flask.typing import ResponseReturnValue
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    create_refresh_token,
    decode_token,
)
from jwt import InvalidTokenError
from pydantic import ValidationError

from app.auth.claims import ALGORITHM, MAX_TOKEN_LENGTH, Claims, Keys
from app.auth.current_user import find_user
from app.auth.refusal import Unauthorized
from app.auth.schemas import TokenPair
from app.auth.settings import AuthSettings

SCHEME = {
    "type": "oauth2",
    "flows": {"password": {"scopes": {}, "tokenUrl": "/api/v1/auth/token"}},
}


def init_app(app: Flask, settings: AuthSettings) -> None:
    """Let the application issue tokens and read them."""
    app.config.update(
        JWT_ALGORITHM=ALGORITHM,
        JWT_TOKEN_LOCATION=["headers"],
        JWT_COOKIE_CSRF_PROTECT=False,
        JWT_ACCESS_TOKEN_EXPIRES=timedelta(minutes=settings.access_token_minutes),
        JWT_REFRESH_TOKEN_EXPIRES=timedelta(days=settings.refresh_token_days),
    )
    app.before_request(_read_header)
    _set_up(JWTManager(app), Keys(settings))
    components = app.extensions["openapi"]["components"]
    components["securitySchemes"] = {"OAuth2PasswordBearer": SCHEME}


def issue(user_id: int, family: str, refresh_jti: str, *, fresh: bool) -> TokenPair:
    """Issue the tokens of a session; `fresh` tells that the password was given just now."""
    user, lifetime = str(user_id), current_app.config["JWT_ACCESS_TOKEN_EXPIRES"]
    refresh_claims = {"fam": family, "jti": refresh_jti}
    return TokenPair(
        access_token=create_access_token(user, fresh=fresh, additional_claims={"fam": family}),
        refresh_token=create_refresh_token(user, additional_claims=refresh_claims),
        expires_in=int(lifetime.total_seconds()),
    )


def refresh_lifetime() -> timedelta:
    """Return how long a refresh token is good."""
    lifetime: timedelta = current_app.config["JWT_REFRESH_TOKEN_EXPIRES"]
    return lifetime


def read_token(token: str, kind: Literal["access", "refresh"]) -> Claims | None:
    """Read a token of a kind; nothing where it is not one of ours, and good now."""
    if len(token) > MAX_TOKEN_LENGTH:
        return None
    try:
        claims = Claims.model_validate(decode_token(token))
    except InvalidTokenError:
        return None
    return claims if claims.type == kind else None


def _set_up(manager: JWTManager, keys: Keys) -> None:
    """Sign and verify with the keys; whatever is wrong with a token, the answer is the same."""

    def find_key(header: dict[str, Any], payload: dict[str, Any]) -> str:
        # Here, because Flask-JWT-Extended makes up some of the claims that a token lacks.
        try:
            Claims.model_validate(payload)
        except ValidationError:
            raise InvalidTokenError from None
        return keys.find(header)

    def refuse(*_reason: object) -> ResponseReturnValue:
        return Unauthorized().get_response()

    manager.additional_headers_loader(lambda _user: {"kid": keys.id})
    manager.encode_key_loader(lambda _user: keys.secret)
    manager.decode_key_loader(find_key)
    manager.user_lookup_loader(find_user)
    for set_answer in (
        manager.expired_token_loader,
        manager.invalid_token_loader,
        manager.needs_fresh_token_loader,
        manager.revoked_token_loader,
        manager.token_verification_failed_loader,
        manager.unauthorized_loader,
        manager.user_lookup_error_loader,
    ):
        set_answer(refuse)


def _read_header() -> None:
    """Spell the scheme as Flask-JWT-Extended does, and hide a token that is not alone from it."""
    header = request.headers.get("Authorization", "")
    if "bearer" not in header.lower():
        return
    scheme, _, token = header.partition(" ")
    token = token.strip()
    alone = scheme.lower() == "bearer" and not re.search(r"[\s,]", token)
    readable = alone and len(token) <= MAX_TOKEN_LENGTH
    request.environ["HTTP_AUTHORIZATION"] = f"Bearer {token}" if readable else "Bearer"
