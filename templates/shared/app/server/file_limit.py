"""How many files the process may open; each connection is one."""

import sys


def raise_file_limit(files: int) -> int:
    """Let the process open so many files, as far as the system does; return how many it may."""
    if sys.platform == "win32":
        return files
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < files:
        soft = files if hard == resource.RLIM_INFINITY else min(files, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return soft
