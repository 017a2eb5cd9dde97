"""Passwords, hashed with Argon2id."""

import secrets
from unicodedata import normalize

from pwdlib import PasswordHash

HASHER = PasswordHash.recommended()
# The password for an unknown address is verified against this, so that it takes as long as others.
DUMMY_HASH = HASHER.hash(secrets.token_hex())


# To normalize a text can take a time that grows with the square of its length.
MAX_NORMALIZED = 1000


def normalize_password(password: str) -> str:
    """Give a password one form, in whatever way a keyboard composes its characters."""
    return normalize("NFKC", password) if len(password) <= MAX_NORMALIZED else password


def hash_password(password: str) -> str:
    """Hash a password."""
    return HASHER.hash(normalize_password(password))


def verify_password(password: str, password_hash: str | None) -> tuple[bool, str | None]:
    """Return whether a password is right, and a new hash where the old one is outdated."""
    known_hash, normalized = password_hash or DUMMY_HASH, normalize_password(password)
    right, new_hash = HASHER.verify_and_update(normalized, known_hash)
    if not right and normalized != password:
        # Hashes are older than the one form, and are of what was typed.
        right = HASHER.verify(password, known_hash)
        new_hash = hash_password(password) if right else None
    return right and password_hash is not None, new_hash
