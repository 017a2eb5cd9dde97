"""The bodies of the requests and responses of sign-in."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    EmailStr,
    Field,
    TypeAdapter,
)

from app.auth.passwords import normalize_password

Email = Annotated[EmailStr, Field(max_length=254), AfterValidator(str.lower)]
_EMAIL: TypeAdapter[str] = TypeAdapter(Email)


def _normalize(password: Any) -> Any:
    return normalize_password(password) if isinstance(password, str) else password


NewPassword = Annotated[str, Field(min_length=12, max_length=128), BeforeValidator(_normalize)]


class Registration(BaseModel):
    """A new user."""

    email: Email
    password: NewPassword


class Credentials(BaseModel):
    """The password form of OAuth2."""

    grant_type: Literal["password"] = "password"
    username: str = Field(min_length=1)
    password: str = Field(min_length=1)

    @property
    def email(self) -> str | None:
        """The address as it is stored, or None where the name is no valid one."""
        try:
            return _EMAIL.validate_python(self.username)
        except ValueError:
            return None


class RefreshToken(BaseModel):
    """A refresh token, to exchange for new tokens."""

    refresh_token: str = Field(min_length=1)


class TokenPair(BaseModel):
    """The tokens of a session; the access token is valid for `expires_in` seconds."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"
    expires_in: int


class UserRead(BaseModel):
    """A user as a client sees it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    email: str
    created_at: datetime
