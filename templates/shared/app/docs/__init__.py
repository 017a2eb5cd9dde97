"""The documentation page: Swagger UI, served from an installed package so that it needs no network."""

from importlib.metadata import distribution
from pathlib import Path

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; connect-src 'self'; img-src 'self' data:; "
    "script-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
}
HERE = Path(__file__).parent
# Found without importing offapi, which would read all its pages into memory.
SWAGGER_UI = Path(str(distribution("offapi").locate_file("offapi")))
FILES = {
    "": (HERE / "index.html", "text/html; charset=utf-8"),
    "start.js": (HERE / "start.js", "text/javascript; charset=utf-8"),
    "swagger-ui.css": (SWAGGER_UI / "swagger_style.css", "text/css; charset=utf-8"),
    "swagger-ui.js": (SWAGGER_UI / "swagger_bundle.js", "text/javascript; charset=utf-8"),
}
