"""The documentation page: Swagger UI, served from an installed package so that it needs no network."""

from functools import cache
from importlib.metadata import distribution
from pathlib import Path

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data:; script-src 'self'; "
    "style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
)

# Every URL is relative, so that the page works behind a proxy that adds a prefix.
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API documentation</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""

_START = """SwaggerUIBundle({ url: "openapi.json", dom_id: "#swagger-ui", validatorUrl: null });
"""


@cache
def docs_file(name: str) -> tuple[bytes, str]:
    """Return a file of the page and its media type; raise KeyError where there is none."""
    if name == "":
        return _PAGE.encode(), "text/html; charset=utf-8"
    if name == "start.js":
        return _START.encode(), "text/javascript; charset=utf-8"
    source, media_type = {
        "swagger-ui.css": ("offapi/swagger_style.css", "text/css; charset=utf-8"),
        "swagger-ui.js": ("offapi/swagger_bundle.js", "text/javascript; charset=utf-8"),
    }[name]
    # Not importlib.resources: importing offapi would read all its pages into memory.
    return Path(str(distribution("offapi").locate_file(source))).read_bytes(), media_type
