"""The settings of sign-in."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, SecretStr

MIN_SECRET_BYTES = 32
# The secret of a well-known tutorial, which services in production have copied.
TUTORIAL_SECRET = "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7"
PLACEHOLDER = re.compile("change|example|password|secret", re.IGNORECASE)


def _check_strength(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value()
    too_short = len(value.encode()) < MIN_SECRET_BYTES or len(set(value)) < 10
    if too_short or value == TUTORIAL_SECRET or PLACEHOLDER.search(value):
        raise ValueError(
            f"at least {MIN_SECRET_BYTES} random bytes are needed, as `openssl rand -hex 32` prints them"
        )
    return secret


Secret = Annotated[SecretStr, AfterValidator(_check_strength)]


class AuthSettings(BaseModel):
    """The settings of sign-in."""

    jwt_secret: Secret = Field(default=SecretStr(""), validate_default=True)
    jwt_previous_secret: Secret | None = None
    access_token_minutes: int = Field(default=15, ge=1, le=525_600)
    refresh_token_days: int = Field(default=30, ge=1, le=3650)
