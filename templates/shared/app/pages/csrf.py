"""Requests that another site makes a browser send: pages refuse them, without a token in each form."""

CROSS_SITE = "The request comes from another site."
# They change nothing.
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def is_same_origin(fetch_site: str, origin: str, host: str) -> bool:
    """Return whether a request comes from a page of this service, or from the user."""
    if fetch_site:
        return fetch_site in {"same-origin", "none"}
    # Browsers leave Sec-Fetch-Site out where there is no HTTPS, and older ones always.
    return host != "" and origin.partition("://")[2] == host
