"""The documentation page: Swagger UI, served from an installed package so that it needs no network."""

from functools import cache
from importlib.metadata import distribution
from pathlib import Path

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data:; script-src 'self'; "
    "style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
)
HERE = Path(__file__).parent
# Found without importing offapi, which would read all its pages into memory.
SWAGGER_UI = Path(str(distribution("offapi").locate_file("offapi")))
FILES = {
    "": (HERE / "index.html", "text/html"),
    "start.js": (HERE / "start.js", "text/javascript"),
    "swagger-ui.css": (SWAGGER_UI / "swagger_style.css", "text/css"),
    "swagger-ui.js": (SWAGGER_UI / "swagger_bundle.js", "text/javascript"),
}


@cache
def docs_file(name: str) -> tuple[bytes, str]:
    """Return a file of the page and its media type; raise KeyError where there is none."""
    path, media_type = FILES[name]
    return path.read_bytes(), f"{media_type}; charset=utf-8"
