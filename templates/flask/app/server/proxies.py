"""The request as the client sent it, before proxies changed it."""

from wsgiref.types import WSGIEnvironment

from app.server.forwarded import read_forwarded
from app.settings import Settings


def restore_request(environ: WSGIEnvironment, settings: Settings) -> None:
    """Put the client, the scheme, the host and the prefix where the application looks for them."""
    environ["SCRIPT_NAME"] = settings.root_path
    names = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")
    sent = [environ.get(name, "") for name in names]
    peer = environ.get("REMOTE_ADDR", "")
    if settings.trusted_proxies and (
        forwarded := read_forwarded(settings.trusted_proxies, peer, *sent)
    ):
        environ["REMOTE_ADDR"] = forwarded.client
        environ["wsgi.url_scheme"] = forwarded.scheme or environ["wsgi.url_scheme"]
        environ["HTTP_HOST"] = forwarded.host or environ.get("HTTP_HOST", "")
