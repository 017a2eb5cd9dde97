"""The request as the client sent it, before proxies changed it."""

from starlette.datastructures import Headers
from starlette.types import Scope

from app.server.forwarded import read_forwarded
from app.settings import Settings


def restore_request(scope: Scope, settings: Settings) -> Scope:
    """Put the client, the scheme, the host and the prefix where the application looks for them."""
    if root_path := settings.root_path:
        # ASGI wants the prefix in the path, too. Without it, a path that begins like it is cut.
        raw_path = root_path.encode() + scope["raw_path"]
        path = root_path + scope["path"]
        scope = {**scope, "root_path": root_path, "path": path, "raw_path": raw_path}
    if not settings.trusted_proxies:
        return scope
    headers = Headers(scope=scope)
    sent = [",".join(headers.getlist(f"x-forwarded-{name}")) for name in ("for", "proto", "host")]
    peer = scope["client"][0] if scope.get("client") else ""
    if forwarded := read_forwarded(settings.trusted_proxies, peer, *sent):
        scope = {**scope, "client": (forwarded.client, 0)}
        if scheme := forwarded.scheme:
            socket = scope["scheme"] in {"ws", "wss"}
            scope["scheme"] = scheme.replace("http", "ws") if socket else scheme
        if host := forwarded.host:
            others = [header for header in scope["headers"] if header[0] != b"host"]
            scope["headers"] = [(b"host", host.encode()), *others]
    return scope


def local_path(scope: Scope) -> str:
    """Return the path without the prefix, as the proxy sent it."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))
