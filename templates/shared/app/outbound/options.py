"""What the client of each service has in common."""

import ssl
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

from httpx2 import Limits, Timeout, create_ssl_context

# Of each worker. The more connections, the longer it takes to choose one; who finds none waits.
LIMITS = Limits(max_connections=64, max_keepalive_connections=64)
CONNECT_SECONDS = 2
POOL_SECONDS = 2


def client_options(url: str, seconds: float) -> dict[str, Any]:
    """Return the options of a client whose calls take at most so many seconds."""
    pool = min(POOL_SECONDS, seconds / 2)
    return {
        "base_url": url,
        # What one user's call was told to keep must not go out with another's.
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        "follow_redirects": False,
        # A small answer that is compressed may be too large when it is read.
        "headers": {"Accept-Encoding": "identity"},
        "timeout": Timeout(seconds, connect=min(CONNECT_SECONDS, seconds), pool=pool),
    }


@cache
def tls() -> ssl.SSLContext:
    """Read the certificates of authorities, once for all clients."""
    return create_ssl_context()
