"""What must hold before a step of a migration."""

from pathlib import Path

from scaffold.errors import UsageError
from scaffold.git.worktree import Worktree


def check_clean(worktree: Worktree) -> None:
    """Raise an error where something is not committed: so much changes that it could not be told apart."""
    if uncommitted := sorted(worktree.uncommitted_paths()):
        raise UsageError(
            f"there are changes that are not committed: {', '.join(uncommitted[:3])}",
            "commit or stash them, and run again",
        )


def check_begun(path: Path) -> None:
    """Raise an error where no migration has begun."""
    if not (path / "app" / "strangler").is_dir():
        raise UsageError(
            f"no migration has begun in {path}", "`scaffold migrate --to fastapi` begins one"
        )
