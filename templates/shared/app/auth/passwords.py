"""Passwords, hashed with Argon2id."""

import secrets

from pwdlib import PasswordHash

HASHER = PasswordHash.recommended()
# The password for an unknown address is verified against this, so that it takes as long as others.
DUMMY_HASH = HASHER.hash(secrets.token_hex())


def hash_password(password: str) -> str:
    """Hash a password."""
    return HASHER.hash(password)


def verify_password(password: str, password_hash: str | None) -> tuple[bool, str | None]:
    """Return whether a password is right, and a new hash where the old one is outdated."""
    right, new_hash = HASHER.verify_and_update(password, password_hash or DUMMY_HASH)
    return right and password_hash is not None, new_hash
