"""How Copier writes the address of a template, and what git makes of it. No I/O."""

# Copier's short names for sites.
SITE_ALIASES = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}
# The URLs that Copier takes for a git repository as they stand; others need `git+` before them.
_KNOWN_TO_COPIER = ("git@", "git://", "git+", "https://github.com/", "https://gitlab.com/")


def without_alias(src_path: str) -> str:
    """A template's address without Copier's short names, which git cannot read."""
    for alias, site in SITE_ALIASES.items():
        if src_path.startswith(alias):
            return site + src_path.removeprefix(alias).lstrip("/")
    return src_path


def git_url(src_path: str) -> str:
    """The URL that Copier hands to git for a recorded template."""
    src_path = without_alias(src_path)
    if src_path.startswith("git+"):
        return src_path.removeprefix("git+")
    if src_path.startswith("https://") and not src_path.endswith(".git"):
        return f"{src_path}.git"
    return src_path


def copier_url(url: str) -> str:
    """A URL that Copier recognises as a git repository."""
    known = url.startswith((*_KNOWN_TO_COPIER, *SITE_ALIASES)) or url.endswith(".git")
    return url if known and not url.startswith("file:") else f"git+{url}"
