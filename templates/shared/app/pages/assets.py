"""Files of pages, such as the stylesheet: a name has a hash of the content, so browsers keep them."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".gif": "image/gif",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
HEADERS = {"Cache-Control": "public, max-age=31536000, immutable"}


@dataclass(frozen=True)
class Asset:
    """A file as it is sent."""

    path: str
    body: bytes
    headers: dict[str, str]


def _load(file: Path) -> Asset:
    body = file.read_bytes()
    path = f"/static/{file.stem}.{sha256(body).hexdigest()[:12]}{file.suffix}"
    return Asset(path, body, {"Content-Type": MEDIA_TYPES[file.suffix], **HEADERS})


_BY_FILE = {file.name: _load(file) for file in FOLDER.iterdir() if file.suffix in MEDIA_TYPES}
_BY_PATH = {asset.path: asset for asset in _BY_FILE.values()}


def asset_path(file_name: str) -> str:
    """Return the path of a file in app/pages/static, without ROOT_PATH."""
    return _BY_FILE[file_name].path


def find_asset(path: str) -> Asset | None:
    """Find the file that has this path."""
    return _BY_PATH.get(path)
