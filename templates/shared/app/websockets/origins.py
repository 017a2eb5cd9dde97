"""Which pages may open a socket; a browser keeps none from trying."""

from urllib.parse import urlsplit

# Closes a socket that another page opened.
FOREIGN_ORIGIN = 4403


def may_connect(origin: str | None, host: str, allowed: set[str]) -> bool:
    """Tell whether a page of this origin may, or of the service's own host; programs send none."""
    if origin is None or allowed & {origin, "*"}:
        return True
    try:
        return urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False
