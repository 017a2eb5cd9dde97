"""Tokens, read and made by hand: also such as no library would make."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any


def encode(data: bytes) -> str:
    """A part of a token."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(part: str) -> Any:
    """What a part of a token says."""
    return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def header_of(token: str) -> dict[str, Any]:
    header: dict[str, Any] = decode(token.split(".")[0])
    return header


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = decode(token.split(".")[1])
    return claims


def sign(header: object, claims: object, secret: str, digest: str = "sha256") -> str:
    """A token with these parts, given as JSON or as bytes of any kind, and a true signature."""
    parts = [p if isinstance(p, bytes) else json.dumps(p).encode() for p in (header, claims)]
    signed = ".".join(encode(part) for part in parts)
    return f"{signed}.{encode(hmac.digest(secret.encode(), signed.encode(), digest))}"
