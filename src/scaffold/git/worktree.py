"""The repository that the user's project lies in: it is only read, but for lines of its index."""

import os
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scaffold.errors import ScaffoldError, UsageError
from scaffold.git.environment import NO_HOOKS
from scaffold.git.repository import last_commit
from scaffold.git.run import GitError, decoded, git_output, is_outside_repository, run_git

# The file that git keeps for as long as one of its commands waits for the user.
_OPERATIONS = {
    "rebase-merge": "rebase",
    "rebase-apply/applying": "am",
    "rebase-apply": "rebase",
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
}


@dataclass(frozen=True)
class Worktree:
    """A project in the work tree of the user's repository."""

    project: Path
    prefix: str  # where the project lies in the repository: "" or "services/api/"
    git_dir: Path
    objects: Path
    head: str

    @property
    def repository_root(self) -> Path:
        """The folder of the repository that the project lies in."""
        return Path(self.project, *[".."] * self.prefix.count("/"))

    def uncommitted_paths(self) -> set[str]:
        """The project's paths that differ from the last commit; ignored files do not count."""
        done = git_output(
            "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all",
            "--ignore-submodules=dirty", "--", ".",
            cwd=self.project,
        )  # fmt: skip
        return {line[3:].removeprefix(self.prefix) for line in done.split("\0") if line}

    def hidden_paths(self) -> dict[str, str]:
        """The project's paths that git was told not to look at, each with the flag that says so."""
        listed = git_output("ls-files", "-z", "-v", "--", ".", cwd=self.project).split("\0")
        return {
            line[2:]: "assume-unchanged" if line[0].islower() else "skip-worktree"
            for line in listed
            if line[:1] == "S" or line[:1].islower()
        }

    def sparse_paths(self) -> set[str]:
        """The project's paths that a sparse checkout has left out."""
        return {path for path in self.hidden_paths() if not os.path.lexists(self.project / path)}

    def operation_in_progress(self) -> str | None:
        """What the user has begun in git and not ended; the name of its command."""
        for file, name in _OPERATIONS.items():
            if (self.git_dir / file).exists():
                return name
        return None

    def committed_entries(self) -> Mapping[str, str]:
        """The project in the last commit: path → mode and name of the content, with a space between."""
        listed = git_output("ls-tree", "-r", "-z", self.head, "--", ".", cwd=self.project)
        entries = (line.partition("\t") for line in listed.split("\0") if line)
        # Three facts of each entry: mode, kind and name of the content.
        return {path: " ".join(facts.split(" ")[::2]) for facts, _, path in entries}

    def unmerged_paths(self) -> set[str]:
        """The project's paths in which git waits for a conflict to be resolved."""
        listed = git_output("ls-files", "-z", "--unmerged", "--", ".", cwd=self.project)
        return {line.partition("\t")[2] for line in listed.split("\0") if line}

    def index_lines(self, paths: Iterable[str]) -> list[str]:
        """The lines of the index for these paths, as `update_index` takes them."""
        known = set(paths)
        listed = git_output("ls-files", "-z", "--stage", "--", ".", cwd=self.project)
        return [
            f"{facts}\t{self.prefix}{path}"
            for facts, _, path in (line.partition("\t") for line in listed.split("\0") if line)
            if path in known
        ]

    def ignored_paths(self, paths: Iterable[str]) -> set[str]:
        """Those of the project's paths that git ignores and does not track."""
        text = "".join(f"{path}\0" for path in paths)
        listed = git_output(
            "check-ignore", "-z", "--stdin", cwd=self.project, stdin=text, good=(0, 1)
        )
        return set(listed.split("\0")) - {""}

    def tracked_paths(self) -> set[str]:
        """The project's paths in the index."""
        listed = git_output("ls-files", "-z", "--", ".", cwd=self.project)
        return set(listed.split("\0")) - {""}


def open_worktree(project: Path) -> Worktree:
    """The repository that a project lies in; without one there is nothing to merge with."""
    require_merge_tree()
    if "\n" in str(project):
        raise UsageError(
            f"the path {project} has a line break, and git cannot merge there", "rename the folder"
        )
    found = locate_project(project)
    if found is None:
        raise UsageError(
            f"{project} is not in a git repository, and an update is merged with git",
            "run `git init`, `git add --all` and `git commit` there first",
        )
    prefix, git_dir, objects = found
    head = last_commit(project)
    if head is None:
        raise UsageError(
            f"the repository of {project} has no commit, so there is nothing to go back to",
            "run `git add --all` and `git commit` there first",
        )
    return Worktree(project, prefix, Path(git_dir), Path(objects), head)


def require_merge_tree() -> None:
    """Raise an error where git is too old to merge trees without a work tree."""
    numbers = re.findall(r"\d+", git_output("version"))[:2]
    if [int(number) for number in numbers] < [2, 38]:
        raise ScaffoldError(
            f"git {'.'.join(numbers)} is too old to merge an update", "install git 2.38 or newer"
        )


def locate_project(folder: Path) -> tuple[str, str, str] | None:
    """Where a folder lies in the repository around it, the repository's own folder, its objects."""
    done = run_git(
        "rev-parse", "--is-inside-work-tree", "--show-prefix", "--absolute-git-dir",
        "--git-path", "objects",
        cwd=folder,
    )  # fmt: skip
    lines = decoded(done.stdout).split("\n")
    if is_outside_repository(folder, done) or len(lines) < 4:
        return None
    if lines[0] != "true":
        raise ScaffoldError(
            f"the repository of {folder} has no files that are checked out: it is a bare one",
            "run it in a clone, or, if that is a mistake, `git config core.bare false`",
        )
    prefix, git_dir, objects = lines[1:4]
    return prefix, git_dir, str((folder / objects).resolve())


def update_index(project: Path, paths: Iterable[str], lines: Iterable[str]) -> None:
    """Make these lines what the index has for these paths of the repository."""
    told = git_output("rev-parse", "--show-toplevel", "HEAD", cwd=project)
    top, head, _ = told.split("\n")  # only there: a path may hold other characters that end a line
    removals = [f"0 {'0' * len(head)}\t{path}" for path in paths]
    text = "".join(f"{line}\0" for line in (*removals, *lines))
    _retry_while_locked("update-index", "-z", "--index-info", cwd=Path(top), stdin=text)
    refresh = ("update-index", "-q", "--refresh")
    git_output(*refresh, cwd=Path(top), settings=NO_HOOKS, good=(0, 1, 128))


def _retry_while_locked(*args: str, cwd: Path, stdin: str) -> None:
    """Change the index, as soon as others who do are done; editors ask git all the time."""
    for _ in range(100):
        try:
            git_output(*args, cwd=cwd, settings=NO_HOOKS, stdin=stdin)
        except GitError as error:
            if "index.lock" not in str(error):
                raise
            time.sleep(0.1)
        else:
            return
    git_output(*args, cwd=cwd, settings=NO_HOOKS, stdin=stdin)
