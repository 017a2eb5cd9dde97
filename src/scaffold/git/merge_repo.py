"""A repository aside, in which git merges renderings of a project."""

import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scaffold.errors import UsageError
from scaffold.git.environment import NO_HOOKS, isolated_settings
from scaffold.git.repository import settings_of
from scaffold.git.run import git_bytes, git_output
from scaffold.git.worktree import Worktree

_AUTHOR = {
    "GIT_AUTHOR_NAME": "scaffold",
    "GIT_AUTHOR_EMAIL": "scaffold@localhost",
    "GIT_AUTHOR_DATE": "2000-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "scaffold",
    "GIT_COMMITTER_EMAIL": "scaffold@localhost",
    "GIT_COMMITTER_DATE": "2000-01-01T00:00:00Z",
}

_MERGE_SETTINGS = {
    "merge.directoryRenames": "true",  # a new file follows the folder that the user moved
    "merge.renames": "true",
    "merge.renameLimit": "0",
    "diff.renameLimit": "0",
}

# What the user's settings may say of a merge: how a conflict is shown, which program merges or filters a file.
_USER_SETTINGS = r"^(merge\.(conflictstyle|default)|(merge|filter)\..*\.[a-z]+)$"
_ATTRIBUTES = ("merge", "conflict-marker-size", "text", "eol", "filter")


@dataclass(frozen=True)
class Entry:
    """One path of a tree: its mode, such as 100755, and the name of its content."""

    mode: str
    oid: str


Tree = Mapping[str, Entry]


@dataclass(frozen=True)
class MergeResult:
    """What git makes of two sides: a tree, and for each conflict what every side has to say."""

    tree: str
    conflicts: Mapping[str, Mapping[int, Entry]]  # path → stage (1 base, 2 yours, 3 the template)


class MergeRepo:
    """A repository beside the user's, which it reads objects from and never writes to."""

    def __init__(self, folder: Path, worktree: Worktree) -> None:
        self.worktree = worktree
        self.folder = folder
        # A tree never changes, so git is asked once of each.
        self.entries = cache(self._entries)
        self.renames = cache(self._renames)
        settings = {**settings_of(worktree.project, _USER_SETTINGS), **_MERGE_SETTINGS}
        self._environment = {"GIT_DIR": str(folder), **isolated_settings(settings)}
        form = git_output("rev-parse", "--show-object-format", cwd=worktree.project).strip()
        self._git(
            "init", "--quiet", "--bare", "--template=", f"--object-format={form}", cwd=folder.parent
        )
        alternates = folder / "objects" / "info" / "alternates"
        alternates.parent.mkdir(exist_ok=True)
        alternates.write_bytes(os.fsencode(worktree.objects) + b"\n")

    def copy_attributes(self, paths: Iterable[str]) -> None:
        """Treat these paths as git treats them in the project, whichever file of the user's says so."""
        text = "".join(f"{path}\0" for path in paths)
        told = self._git_in_project("check-attr", "-z", "--stdin", *_ATTRIBUTES, stdin=text)
        words = told.split("\0")
        attributes: dict[str, list[str]] = {}
        for path, name, value in zip(words[::3], words[1::3], words[2::3], strict=False):
            if value != "unspecified":
                word = {"set": name, "unset": f"-{name}"}.get(value, f"{name}={value}")
                attributes.setdefault(path, []).append(word)
        lines = (f"{_pattern(path)} {' '.join(words)}\n" for path, words in attributes.items())
        file = self.folder / "info" / "attributes"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(os.fsencode("".join(lines)))

    def head_tree(self) -> str:
        """The tree of the project in the last commit."""
        folder = f"{self.worktree.head}:{self.worktree.prefix.rstrip('/')}"
        tree = self._git("rev-parse", "--quiet", "--verify", folder, good=(0, 1)).strip()
        if not tree:
            raise UsageError(
                f"{self.worktree.project} is not in the last commit of its repository",
                "run `git add --all` and `git commit` there first",
            )
        return tree

    def ignored_paths(self, paths: Iterable[str]) -> set[str]:
        """Those of the project's paths that stay out of the index.

        A file that is there already is the user's to ignore, in whatever way. One that is new stays out
        only where an ignore file of the repository says so: those of the user alone mean no template.
        """
        wanted = set(paths)
        there = {path for path in wanted if os.path.lexists(self.worktree.project / path)}
        new = wanted - there - self.worktree.tracked_paths()
        environment = {"GIT_WORK_TREE": str(self.worktree.repository_root)}
        command = ("check-ignore", "--no-index", "-z", "--stdin")
        listed = self._git(
            *command,
            cwd=self.worktree.project,
            env=environment,
            stdin="".join(f"{path}\0" for path in new),
            good=(0, 1),
        )
        return self.worktree.ignored_paths(there) | (set(listed.split("\0")) - {""})

    def write_tree(self, folder: Path, beside: str | None = None) -> str:
        """Every file of a folder, as a tree; line endings that another tree has to itself are kept."""
        environment = {"GIT_INDEX_FILE": str(self._index()), "GIT_WORK_TREE": str(folder)}
        if beside:
            self._git("read-tree", beside, env=environment)
        self._git("add", "--all", "--force", ".", env=environment, cwd=folder)
        return self._git("write-tree", env=environment).strip()

    def with_entries(self, tree: str, entries: Mapping[str, Entry | None]) -> str:
        """A tree with other content at these paths; none removes the path."""
        if not entries:
            return tree
        environment = {"GIT_INDEX_FILE": str(self._index())}
        self._git("read-tree", tree, env=environment)
        removal = f"0 {'0' * len(tree)}"
        lines = [
            f"{entry.mode} {entry.oid}\t{path}" if entry else f"{removal}\t{path}"
            for path, entry in entries.items()
        ]
        text = "".join(f"{line}\0" for line in lines)
        self._git("update-index", "-z", "--index-info", env=environment, stdin=text)
        return self._git("write-tree", env=environment).strip()

    def store_file(self, path: str) -> Entry:
        """A file of the project as it lies on the disk, as git would keep it."""
        file = self.worktree.project / path
        if file.is_symlink():
            oid = self._git("hash-object", "-w", "--stdin", stdin=os.readlink(file)).strip()
            return Entry("120000", oid)
        name = f"--path={self.worktree.prefix}{path}"
        oid = self._git_in_project("hash-object", "-w", name, "--", str(file)).strip()
        return Entry("100755" if os.access(file, os.X_OK) else "100644", oid)

    def store_bytes(self, content: bytes) -> Entry:
        """Keep a file's content."""
        oid = self._git("hash-object", "-w", "--stdin", stdin=os.fsdecode(content)).strip()
        return Entry("100644", oid)

    def write_work_tree(self) -> str:
        """The project as it lies on the disk, what git ignores left out, as a tree."""
        environment = {"GIT_INDEX_FILE": str(self._index())}
        self._git_in_project("read-tree", self.worktree.head, env=environment)
        if left_out := self.worktree.sparse_paths():  # and not removed
            known = self.entries(self.worktree.head)
            wanted = [path for path in left_out if self.worktree.prefix + path in known]
            text = "".join(f"{path}\0" for path in wanted)
            self._git_in_project(
                "update-index", "--skip-worktree", "-z", "--stdin", env=environment, stdin=text
            )
        self._git_in_project("add", "--update", "--", ".", env=environment)
        # What git does not track is none of its business where it cannot be read, or holds nothing.
        self._git_in_project("add", "--ignore-errors", "--", ".", env=environment, good=(0, 1))
        prefix = [f"--prefix={self.worktree.prefix}"] if self.worktree.prefix else []
        return self._git_in_project("write-tree", *prefix, env=environment).strip()

    def _entries(self, tree: str) -> Tree:
        """The paths of a tree."""
        entries = {}
        for line in self._git("ls-tree", "-r", "-z", tree).split("\0"):
            facts, _, path = line.partition("\t")
            if path:
                mode, _, oid = facts.split(" ")
                entries[path] = Entry(mode, oid)
        return entries

    def content(self, entry: Entry) -> bytes:
        """What is kept under a name."""
        return git_bytes("cat-file", "blob", entry.oid, env=self._environment)

    def contents(self, entries: Iterable[Entry]) -> dict[Entry, bytes]:
        """What is kept under many names, asked for at once."""
        wanted = list(dict.fromkeys(entries))
        names = "".join(f"{entry.oid}\n" for entry in wanted)
        rest = git_bytes("cat-file", "--batch", env=self._environment, stdin=names)
        found = {}
        for entry in wanted:
            facts, _, rest = rest.partition(b"\n")
            size = int(facts.split()[2])
            found[entry], rest = rest[:size], rest[size + 1 :]
        return found

    def _renames(self, old: str, new: str, alike: str = "50%") -> Mapping[str, str]:
        """Where files of one tree went in another: new path → old path; a merge follows those half alike."""
        listed = self._git(
            "diff-tree", "-r", "-z", f"-M{alike}", "--diff-filter=R", "--name-status", old, new
        )
        words = listed.split("\0")
        return {words[n + 2]: words[n + 1] for n in range(0, len(words) - 2, 3)}

    def diff(self, old: str, new: str, *, colour: bool) -> str:
        """How two trees differ, for people to read."""
        flags = [f"--color={'always' if colour else 'never'}", "--find-renames", "--no-ext-diff"]
        return self._git("diff", *flags, old, new)

    def merge(self, base: str, ours: str, theirs: str, label: str) -> MergeResult:
        """Both sides' changes to the base; the label names the template's side in markers."""
        root = self._commit(base)
        mine = "yours" if label != "yours" else "you"
        for name, tree in ((mine, ours), (label, theirs)):
            self._git("update-ref", f"refs/heads/{name}", self._commit(tree, root))
        command = ("merge-tree", "--write-tree", "-z", "--no-messages", mine, label)
        # A merge program of the user's starts where the files are that it is about.
        words = self._git(*command, cwd=self.worktree.project, good=(0, 1)).split("\0")
        conflicts: dict[str, dict[int, Entry]] = {}
        for word in words[1:]:
            facts, _, path = word.partition("\t")
            if path:
                mode, oid, stage = facts.split(" ")
                conflicts.setdefault(path, {})[int(stage)] = Entry(mode, oid)
        return MergeResult(words[0], conflicts)

    def check_out(self, tree: str, paths: Iterable[str], folder: Path) -> None:
        """Write files of a tree as the user's repository would have them on the disk."""
        environment = {"GIT_INDEX_FILE": str(self._index())}
        prefix = [f"--prefix={self.worktree.prefix}"] if self.worktree.prefix else []
        self._git_in_project("read-tree", *prefix, tree, env=environment)
        wanted = "".join(f"{path}\0" for path in paths)  # git puts the prefix before each
        target = f"--prefix={folder.as_posix()}/"
        self._git_in_project(
            "checkout-index", target, "-z", "--stdin", env=environment, stdin=wanted
        )

    def copy_objects_to_user(self, entries: Iterable[Entry]) -> None:
        """Give the user's repository the contents that it does not have yet."""
        for entry in entries:
            name = Path(entry.oid[:2], entry.oid[2:])
            source, target = self.folder / "objects" / name, self.worktree.objects / name
            if source.exists() and not target.exists():
                target.parent.mkdir(exist_ok=True)
                part = target.with_name(f"tmp_obj_{entry.oid}")
                shutil.copyfile(source, part)
                part.chmod(0o444)
                part.replace(target)

    def _commit(self, tree: str, *parents: str) -> str:
        flags = [word for parent in parents for word in ("-p", parent)]
        return self._git("commit-tree", *flags, "-m", "", tree, env=_AUTHOR).strip()

    def _index(self) -> Path:
        """A new index; git keeps none in a bare repository."""
        index = self.folder / "index"
        index.unlink(missing_ok=True)
        return index

    def _git(
        self,
        *args: str | Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stdin: str = "",
        good: tuple[int, ...] = (0,),
    ) -> str:
        environment = {**self._environment, **(env or {})}
        return git_output(*args, cwd=cwd or self.folder, env=environment, stdin=stdin, good=good)

    def _git_in_project(
        self,
        *args: str | Path,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
        good: tuple[int, ...] = (0,),
    ) -> str:
        """Run git with the user's settings and attributes; what it writes, it writes here."""
        environment = {
            "GIT_OBJECT_DIRECTORY": str(self.folder / "objects"),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(self.worktree.objects),
            **(env or {}),
        }
        return git_output(
            *args,
            cwd=self.worktree.project,
            env=environment,
            settings=NO_HOOKS,
            stdin=stdin,
            good=good,
        )


def _pattern(path: str) -> str:
    """A line of an attributes file begins with this for exactly one path."""
    literal = re.sub(r"[\\*?\[]", r"\\\g<0>", path)
    return '"/' + re.sub(r'[\\"]', r"\\\g<0>", literal).replace("\n", r"\n") + '"'
