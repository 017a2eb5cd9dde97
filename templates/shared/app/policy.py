"""What every request and response obeys: request ids, trusted hosts, CORS and security headers."""

import re
from uuid import uuid4

from app.settings import Settings

PROBES = {"/livez", "/readyz"}

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


def choose_request_id(sent: str | None) -> str:
    """Keep the id that the client sent where it is well formed, else make one."""
    return sent if sent and _REQUEST_ID.fullmatch(sent) else uuid4().hex


class Policy:
    """The rules that follow from the settings."""

    def __init__(self, settings: Settings) -> None:
        self.hosts = [host.lower() for host in settings.trusted_hosts]
        self.origins = set(settings.cors_origins)
        self.security_headers = {
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        }
        if settings.environment == "production":
            self.security_headers["Strict-Transport-Security"] = (
                "max-age=31536000; includeSubDomains"
            )

    def trusts(self, host: str, path: str) -> bool:
        """Tell whether a request may name this host; probes name an address and always may."""
        if not self.hosts or path in PROBES:
            return True
        name = re.sub(r":\d+$", "", host.lower())
        return any(
            name == allowed or (allowed.startswith("*.") and name.endswith(allowed[1:]))
            for allowed in self.hosts
        )

    def cors_headers(self, origin: str | None) -> dict[str, str]:
        """List the headers that let a page of this origin read the response."""
        if not self.origins:
            return {}
        if origin is None or not self.origins & {origin, "*"}:
            return {"Vary": "Origin"}
        return {
            "Vary": "Origin",
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Expose-Headers": "Location, Retry-After, X-Request-ID",
        }

    def preflight_headers(self, origin: str) -> dict[str, str] | None:
        """List the headers that answer a preflight, or None where the origin is not allowed."""
        if not self.origins & {origin, "*"}:
            return None
        return {
            "Access-Control-Allow-Methods": "DELETE, GET, HEAD, PATCH, POST, PUT",
            "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Request-ID",
            "Access-Control-Max-Age": "600",
        }
