"""Which pages may open a socket; a browser keeps none from trying."""

from urllib.parse import urlsplit

# Closes a socket that another page opened.
FOREIGN_ORIGIN = 4403
# Which port a browser leaves out, and a proxy may name.
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def may_connect(origin: str | None, host: str, allowed: set[str]) -> bool:
    """Tell whether a page of this origin may, or of the service's own host; programs send none."""
    if origin is None or allowed & {origin, "*"}:
        return True
    try:
        page = urlsplit(origin)
    except ValueError:
        return False
    return page.netloc.lower() == host.lower().removesuffix(DEFAULT_PORTS.get(page.scheme, ""))
