"""A page for development: open it in two tabs, and they can talk."""

from pathlib import Path

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; connect-src 'self'; img-src data:; "
    "script-src 'self'; style-src 'self'; frame-ancestors 'none'"
}
HERE = Path(__file__).parent
FILES = {
    "": (HERE / "index.html", "text/html; charset=utf-8"),
    "demo.js": (HERE / "demo.js", "text/javascript; charset=utf-8"),
    "demo.css": (HERE / "demo.css", "text/css; charset=utf-8"),
}
