"""The tables of users and of their sessions."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models import Base, UtcDateTime, utc_now


class User(Base):
    """A person who can sign in."""

    __tablename__ = "users"

    # SQLite numbers rows by itself only where the key is an INTEGER.
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class UserSession(Base):
    """A session, started by a sign-in; its tokens are valid only as long as the row exists."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    # The `jti` of the only refresh token that is valid.
    refresh_jti: Mapped[str] = mapped_column(String(36))
    # When that token was sent. Until then a client could not know that the previous one is spent.
    refreshed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
