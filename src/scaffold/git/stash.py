"""Edits of the user, kept in a commit under refs/scaffold."""

import tempfile
from collections.abc import Iterable
from itertools import count
from pathlib import Path

from scaffold.git.environment import NO_HOOKS
from scaffold.git.first_commit import fallback_author
from scaffold.git.repository import commit_of
from scaffold.git.run import git_output

# The edits that an abort took out of the work tree; the next ones have a number.
_REF = "refs/scaffold/aborted"


def stash_ref(project: Path, paths: Iterable[str], message: str) -> str:
    """Keep files as they lie in the work tree in a commit after the last one; the reference to it."""
    with tempfile.TemporaryDirectory() as folder:
        env = {"GIT_INDEX_FILE": str(Path(folder, "index"))}

        def indexed(*command: str, stdin: str = "") -> str:
            return git_output(*command, cwd=project, env=env, settings=NO_HOOKS, stdin=stdin)

        indexed("read-tree", "HEAD")
        text = "".join(f"{path}\0" for path in paths)
        indexed("update-index", "--add", "--remove", "--replace", "-z", "--stdin", stdin=text)
        tree = indexed("write-tree").strip()
    who = fallback_author({})
    commit = git_output(
        "commit-tree", "-p", "HEAD", "-m", message, tree, cwd=project, env=who
    ).strip()
    names = (f"{_REF}-{number}" if number > 1 else _REF for number in count(1))
    name = next(name for name in names if commit_of(project, name) is None)
    free = "0" * len(commit)  # the name must still be free
    git_output("update-ref", name, commit, free, cwd=project, settings=NO_HOOKS)
    return name
