"""Whether git would put a file into a commit."""

from pathlib import Path

from scaffold.git.environment import isolated_settings
from scaffold.git.run import git_output, run_git

TRACKED = "git tracks"


def project_ignores(folder: Path, path: str, workspace: Path) -> bool:
    """Whether the folder's own ignore files alone leave a path out."""
    repository = workspace / "ignores"
    env = isolated_settings({})
    git_output("init", "--quiet", "--template=", repository, env=env)
    place = ("--git-dir", repository / ".git", "--work-tree", folder)
    return run_git(*place, "check-ignore", "--quiet", path, cwd=folder, env=env).returncode == 0


def commit_exposure(file: Path) -> str:
    """How a file could get into a commit: git tracks it, or does not ignore it; empty if neither."""
    name = f"./{file.name}"
    if run_git("check-ignore", "--quiet", name, cwd=file.parent).returncode != 1:
        return ""
    known = run_git("ls-files", "--error-unmatch", name, cwd=file.parent).returncode == 0
    return TRACKED if known else "git does not ignore"
