"""Passwords, hashed with Argon2id."""

import secrets

from pwdlib import PasswordHash

HASHER = PasswordHash.recommended()
# What the password for an unknown address is held against, so that it takes as long as another.
NOBODY = HASHER.hash(secrets.token_hex())


def hash_password(password: str) -> str:
    """Hash a password."""
    return HASHER.hash(password)


def verify_password(password: str, password_hash: str | None) -> tuple[bool, str | None]:
    """Tell whether a password is right, and its new hash where the old one is too weak by now."""
    right, new_hash = HASHER.verify_and_update(password, password_hash or NOBODY)
    return right and password_hash is not None, new_hash
