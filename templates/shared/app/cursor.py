"""The opaque cursor of a page: an id and its checksum, so that a made-up cursor is noticed."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b


def encode_cursor(table: str, row_id: int) -> str:
    """Encode the place after this row."""
    key = row_id.to_bytes(8, signed=True)
    return urlsafe_b64encode(key + _checksum(table, key)).decode()


def decode_cursor(table: str, cursor: object) -> int:
    """Decode the id; raise ValueError where the service did not make the cursor for this table."""
    try:
        raw = urlsafe_b64decode(str(cursor).encode("ascii"))
    except ValueError:
        raw = b""
    key, checksum = raw[:8], raw[8:]
    if checksum != _checksum(table, key) or urlsafe_b64encode(raw).decode() != cursor:
        raise ValueError("this cursor was not given out by the service")
    return int.from_bytes(key, signed=True)


def _checksum(table: str, key: bytes) -> bytes:
    return blake2b(key, digest_size=7, person=table.encode()[:16]).digest()
