"""The claims of a token, and the keys that sign and verify it."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StrictBool

from app.auth.settings import AuthSettings

ALGORITHM = "HS256"
# A token of the service has about 450 characters.
MAX_TOKEN_LENGTH = 1000

Uuid = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Instant = Annotated[float, Field(strict=True, ge=0, lt=2**53)]


class Claims(BaseModel):
    """The claims of a token; none may be missing."""

    # The id of the user; no id has more digits.
    sub: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,17}$")]
    type: Literal["access", "refresh"]
    jti: Uuid
    # The session: the family of all tokens that follow from one sign-in.
    fam: Uuid
    fresh: StrictBool
    iat: Instant
    nbf: Instant
    exp: Instant
    # A token with an audience is meant for another service.
    aud: None = None

    @property
    def user_id(self) -> int:
        """The id of the user."""
        return int(self.sub)


class SigningKeys:
    """The secret that signs tokens, and an older one whose tokens are still valid."""

    def __init__(self, settings: AuthSettings) -> None:
        self.secret = settings.jwt_secret.get_secret_value()
        self.id = _key_id(self.secret)
        self._by_id = {self.id: self.secret}
        if settings.jwt_previous_secret:
            previous = settings.jwt_previous_secret.get_secret_value()
            self._by_id.setdefault(_key_id(previous), previous)

    def find(self, header: Mapping[str, Any]) -> str:
        """Find the secret that verifies a token with this header."""
        return self._by_id.get(str(header.get("kid")), self.secret)


def _key_id(secret: str) -> str:
    return sha256(b"kid:" + secret.encode()).hexdigest()[:8]
