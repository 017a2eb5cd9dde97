"""The opaque cursor of a page: an id and its checksum, so that a made-up cursor is noticed."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b


def encode_cursor(item_id: int) -> str:
    """Encode the place after this item."""
    key = item_id.to_bytes(8, signed=True)
    return urlsafe_b64encode(key + _checksum(key)).decode()


def decode_cursor(cursor: object) -> int:
    """Decode the id; raise ValueError where the service did not make the cursor."""
    try:
        raw = urlsafe_b64decode(str(cursor).encode("ascii"))
    except ValueError:
        raw = b""
    if len(raw) != 15 or raw[8:] != _checksum(raw[:8]) or urlsafe_b64encode(raw).decode() != cursor:
        raise ValueError("this cursor was not given out by the service")
    return int.from_bytes(raw[:8], signed=True)


def _checksum(key: bytes) -> bytes:
    return blake2b(key, digest_size=7, person=b"items").digest()
