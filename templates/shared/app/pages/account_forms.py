"""The forms of an account: their fields, and what may stand in them."""

from dataclasses import dataclass

from pydantic import BaseModel
from pydantic import Field as Member

from app.auth.schemas import Credentials, NewPassword
from app.pages.fields import Field

WRONG_PASSWORD = "This is not your current password."


class EmailField(Field):
    """The address that a user signs in with; as an email, browsers refuse letters beyond ASCII."""

    @property
    def attributes(self) -> dict[str, str]:
        """Show the right keyboard, and tell a browser that it may know the address."""
        return {"inputmode": "email", "autocapitalize": "none", "autocomplete": "username"}


@dataclass(frozen=True)
class PasswordField(Field):
    """A password; without a greatest length, at which a browser would cut it off unseen."""

    autocomplete: str = "current-password"

    type = "password"

    @property
    def attributes(self) -> dict[str, str]:
        """Tell a browser whether it knows the password."""
        return {"autocomplete": self.autocomplete}


EMAIL = EmailField("email", "Email")
SIGN_UP = [
    EMAIL,
    PasswordField("password", "Password (at least 12 characters)", autocomplete="new-password"),
]
SIGN_IN = [EMAIL, PasswordField("password", "Password")]
PASSWORD = [
    PasswordField("current", "Current password"),
    PasswordField("new", "New password (at least 12 characters)", autocomplete="new-password"),
]


class SignIn(BaseModel):
    """The address and the password of a user."""

    email: str = Member(min_length=1)
    password: str = Member(min_length=1)

    @property
    def credentials(self) -> Credentials:
        """The same as clients of the API send it."""
        return Credentials(username=self.email, password=self.password)


class PasswordChange(BaseModel):
    """A new password, and the one that it replaces."""

    current: str = Member(min_length=1)
    new: NewPassword
