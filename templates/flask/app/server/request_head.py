"""The head of a request, read by llhttp, a parser in C."""

import re
from contextlib import suppress
from urllib.parse import unquote

import httptools
from gunicorn.config import Config
from gunicorn.http.message import Request

from app.server.refusals import (
    HEAD_TOO_LARGE,
    INVALID_HOST,
    INVALID_HTTP,
    MAX_FIELDS,
    VALID_HOST,
)
from app.server.request_body import RefusedError

# The methods that are registered, without CONNECT, which is for proxies.
METHODS = re.compile(
    "ACL|BIND|CHECKOUT|COPY|DELETE|GET|HEAD|LINK|LOCK|M-SEARCH|MERGE|MKACTIVITY|MKCALENDAR|MKCOL|"
    "MOVE|NOTIFY|OPTIONS|PATCH|POST|PROPFIND|PROPPATCH|PURGE|PUT|QUERY|REBIND|REPORT|SEARCH|SOURCE|"
    "SUBSCRIBE|TRACE|UNBIND|UNLINK|UNLOCK|UNSUBSCRIBE"
)
VERSIONS = {"1.0": (1, 0), "1.1": (1, 1)}


class WholeHead(Request):
    """A request as Gunicorn's functions take it, whose head has come."""

    def __init__(self, cfg: Config, head: bytes) -> None:
        self.cfg = cfg
        # Which proxies are trusted with it, TRUSTED_PROXIES says alone.
        self.scheme = "http"
        self.proxy_protocol_info = None
        self.must_close = False
        self.headers = []
        self._url = b""
        parser = httptools.HttpRequestParser(self)
        try:
            with suppress(httptools.HttpParserUpgrade):
                parser.feed_data(head)
            url = httptools.parse_url(self._url)
            self.uri = self._url.decode("ascii")
        except (httptools.HttpParserError, UnicodeDecodeError):
            raise RefusedError(400, INVALID_HTTP) from None
        self.path, self.query = (url.path or b"").decode(), (url.query or b"").decode()
        self.method, version = parser.get_method().decode(), parser.get_http_version()
        self._check(self.method, version)
        self.version = VERSIONS[version]
        # Whoever answers it may take the connection over.
        self.may_upgrade: bool = parser.should_upgrade()
        # Gunicorn's environment does not tell these from others; they count, but nothing more.
        self.headers = [field for field in self.headers if "_" not in field[0]]

    def on_url(self, url: bytes) -> None:
        """Take a part of the address."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field."""
        self.headers.append((name.decode("latin-1").upper(), value.decode("latin-1").strip(" \t")))

    def _check(self, method: str, version: str) -> None:
        """Refuse a little more than llhttp does."""
        fields = dict(self.headers)
        if (
            not METHODS.fullmatch(method)
            or version not in VERSIONS
            or not self.path
            or (self.path == "*" and method != "OPTIONS")
            or (version == "1.0" and "TRANSFER-ENCODING" in fields)
        ):
            raise RefusedError(400, INVALID_HTTP)
        names = [name for name, _ in self.headers] if len(fields) < len(self.headers) else []
        if names.count("CONTENT-TYPE") > 1:
            raise RefusedError(400, INVALID_HTTP)
        host = fields.get("HOST", "").encode("latin-1")
        if names.count("HOST") > 1 or (
            not VALID_HOST.fullmatch(host) and (host or version == "1.1")
        ):
            raise RefusedError(400, INVALID_HOST, unquote(self.path))
        if len(self.headers) > MAX_FIELDS:
            raise RefusedError(431, HEAD_TOO_LARGE)
