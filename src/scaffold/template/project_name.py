"""Names that a package index takes. No I/O."""

import re
import unicodedata


def slug(text: str) -> str:
    """The nearest name that a package index would take; empty when nothing is left of it."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text).lstrip("-0123456789")[:50].rstrip("-")


def project_name_for(folder: str) -> str:
    """A name like the folder's that is likely to be accepted where the folder's own was not."""
    name = slug(folder)
    return f"{name}-service".lstrip("-") if name in ("", folder) else name
