"""Tokens, issued and read with Flask-JWT-Extended."""

import re
from datetime import timedelta
from typing import Any, Literal

from flask import Flask, current_app, request
from flask_jwt_extended import JWTManager, create_access_token, create_refresh_token, decode_token
from jwt import InvalidTokenError
from pydantic import ValidationError

from app.auth.claims import ALGORITHM, MAX_TOKEN_LENGTH, Claims, SigningKeys
from app.auth.current_user import find_user
from app.auth.schemas import TokenPair
from app.settings import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Set up the application to issue and read tokens."""
    app.config.update(
        JWT_ALGORITHM=ALGORITHM,
        JWT_TOKEN_LOCATION=["headers"],
        JWT_COOKIE_CSRF_PROTECT=False,
        JWT_ACCESS_TOKEN_EXPIRES=timedelta(minutes=settings.access_token_minutes),
        JWT_REFRESH_TOKEN_EXPIRES=timedelta(days=settings.refresh_token_days),
    )
    components = app.extensions["openapi"]["components"]
    password = {"scopes": {}, "tokenUrl": f"{settings.root_path}/api/v1/auth/token"}
    scheme = {"type": "oauth2", "flows": {"password": password}}
    components["securitySchemes"] = {"OAuth2PasswordBearer": scheme}
    app.before_request(_normalize_header)
    keys, manager = SigningKeys(settings), JWTManager(app)

    def find_key(header: dict[str, Any], payload: dict[str, Any]) -> str:
        # Checked here, because later Flask-JWT-Extended adds some of the claims that are missing.
        try:
            Claims.model_validate(payload)
        except ValidationError:
            raise InvalidTokenError from None
        return keys.find(header)

    manager.additional_headers_loader(lambda _user: {"kid": keys.id})
    manager.encode_key_loader(lambda _user: keys.secret)
    manager.decode_key_loader(find_key)
    manager.user_lookup_loader(find_user)


def issue(user_id: int, family: str, refresh_jti: str, *, fresh: bool) -> TokenPair:
    """Issue the tokens of a session; `fresh` says that the password was just entered."""
    user, lifetime = str(user_id), current_app.config["JWT_ACCESS_TOKEN_EXPIRES"]
    refresh_claims = {"fam": family, "jti": refresh_jti}
    return TokenPair(
        access_token=create_access_token(user, fresh=fresh, additional_claims={"fam": family}),
        refresh_token=create_refresh_token(user, additional_claims=refresh_claims),
        expires_in=int(lifetime.total_seconds()),
    )


def refresh_lifetime() -> timedelta:
    """Return how long a refresh token is valid."""
    lifetime: timedelta = current_app.config["JWT_REFRESH_TOKEN_EXPIRES"]
    return lifetime


def read_token(token: str, kind: Literal["access", "refresh"]) -> Claims | None:
    """Read a token of this kind; return None where it is not valid."""
    if len(token) > MAX_TOKEN_LENGTH:
        return None
    try:
        claims = Claims.model_validate(decode_token(token))
    except InvalidTokenError:
        return None
    return claims if claims.type == kind else None


def _normalize_header() -> None:
    """Write the scheme as Flask-JWT-Extended expects it, and drop anything but one single token."""
    header = request.headers.get("Authorization", "")
    if "bearer" in header.lower():
        scheme, _, token = header.partition(" ")
        token = token.strip()
        single = scheme.lower() == "bearer" and not re.search(r"[\s,]", token)
        readable = single and len(token) <= MAX_TOKEN_LENGTH
        request.environ["HTTP_AUTHORIZATION"] = f"Bearer {token}" if readable else "Bearer"
