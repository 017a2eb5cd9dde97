"""Which pages may open a socket; a browser keeps none from trying."""

from urllib.parse import urlsplit

from app.http_security import HttpSecurity
from app.settings import Settings

# Closes a socket that another page opened.
FOREIGN_ORIGIN = 4403


class Origins:
    """The origins in CORS_ORIGINS, and the service's own host."""

    def __init__(self, settings: Settings) -> None:
        self._allowed = HttpSecurity(settings).origins

    def allow(self, origin: str | None, host: str) -> bool:
        """Tell whether a socket may be opened from here; what is no browser sends no origin."""
        if origin is None or self._allowed & {origin, "*"}:
            return True
        try:
            return urlsplit(origin).netloc.lower() == host.lower()
        except ValueError:
            return False
