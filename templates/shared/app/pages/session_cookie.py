"""The value of a session's cookie: the id of the session, signed."""

import hmac
import re
from base64 import urlsafe_b64encode

from app.auth.settings import AuthSettings

ID_LENGTH = 36
# That of a whole value: the id, a dot, and 32 bytes as Base64 without its padding.
LENGTH = ID_LENGTH + 1 + 43
LOCAL_HOST = re.compile(r"(localhost|127\.[0-9.]+|\[::1\])(:[0-9]+)?", re.IGNORECASE)


class SessionCookie:
    """Signs with a key that is made of the secret, and accepts that of the previous secret too."""

    def __init__(self, settings: AuthSettings) -> None:
        secrets = settings.jwt_secret, settings.jwt_previous_secret
        # Keys of their own, because the secrets sign tokens.
        self._keys = [
            hmac.digest(secret.get_secret_value().encode(), b"session cookie", "sha256")
            for secret in secrets
            if secret
        ]

    def sign(self, session_id: str) -> str:
        """Sign the id of a session."""
        return f"{session_id}.{_signature(self._keys[0], session_id)}"

    def read(self, text: str) -> str | None:
        """Return the id of the session, or None where the signature is not valid."""
        if len(text) != LENGTH or not text.isascii():
            return None
        session_id, signature = text[:ID_LENGTH], text[ID_LENGTH + 1 :]
        valid = [hmac.compare_digest(_signature(key, session_id), signature) for key in self._keys]
        return session_id if any(valid) and text[ID_LENGTH] == "." else None


def _signature(key: bytes, session_id: str) -> str:
    digest = hmac.digest(key, session_id.encode(), "sha256")
    return urlsafe_b64encode(digest).decode().rstrip("=")


def is_dropped(scheme: str, host: str, fetch_site: str) -> bool:
    """Return whether a browser will drop a cookie that needs HTTPS.

    It takes one from this machine too, and sends Sec-Fetch-Site wherever it takes one.
    """
    return scheme == "http" and not fetch_site and not LOCAL_HOST.fullmatch(host)
