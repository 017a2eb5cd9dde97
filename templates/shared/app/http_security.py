"""The HTTP rules of every response: trusted hosts, CORS, security headers and request ids."""

import os
import re

from app.settings import Settings

PROBES = {"/livez", "/readyz"}
UNTRUSTED_HOST = "The Host header is not allowed."


def choose_request_id(sent: str | None) -> str:
    """Keep the id that the client sent where it is well formed; otherwise create one."""
    return sent if sent and re.fullmatch(r"[A-Za-z0-9._-]{1,128}", sent) else os.urandom(16).hex()


class HttpSecurity:
    """The rules that follow from the settings."""

    def __init__(self, settings: Settings) -> None:
        hosts = (re.escape(host).replace(r"\*", "[^:]+") for host in _split(settings.trusted_hosts))
        self.hosts = re.compile(rf"({'|'.join(hosts) or '.*'})(:\d+)?", re.IGNORECASE)
        self.origins = _split(settings.cors_origins)
        self.body_too_large = f"The request body is larger than {settings.max_body_bytes} bytes."
        self.security_headers = {
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        }
        if settings.environment == "production":
            hsts = "max-age=31536000; includeSubDomains"
            self.security_headers["Strict-Transport-Security"] = hsts

    def trusts(self, host: str, path: str) -> bool:
        """Return whether a host is allowed; health checks use an IP address, so theirs always is."""
        return path in PROBES or self.hosts.fullmatch(host) is not None

    def cors_headers(self, origin: str | None) -> dict[str, str]:
        """Return the headers that let a page of this origin read the response."""
        headers = {"Vary": "Origin"} if self.origins else {}
        if origin and self.origins & {origin, "*"}:
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Expose-Headers"] = "Location, Retry-After, X-Request-ID"
        return headers

    def preflight_headers(self, origin: str | None) -> dict[str, str]:
        """Return the headers that answer a preflight; none where the origin is not allowed."""
        if not origin or not self.origins & {origin, "*"}:
            return {}
        return {
            "Access-Control-Allow-Methods": "DELETE, GET, HEAD, PATCH, POST, PUT",
            "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Request-ID",
            "Access-Control-Max-Age": "600",
        }


def _split(setting: str) -> set[str]:
    return set(setting.replace(",", " ").split())
