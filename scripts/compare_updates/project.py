"""A project in a git repository, and the machine that commands are run on."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Stands in for git, and kills whoever called it as soon as a file of the project changed: the group
# of the tool's processes, and the caller, which may be in a group of its own.
KILLING_GIT = """\
#!/bin/sh
{git} "$@"
code=$?
env -i {git} -C "$REPOSITORY" diff --quiet HEAD || kill -s KILL -- "-$GROUP" "$PPID"
exit $code
"""
WITH_GROUP = ("sh", "-c", 'export GROUP=$$; exec "$@"', "sh")

Content = str | bytes
File = tuple[bool, bytes]  # whether it is executable, and its content


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    printed: bytes


class Machine:
    """A folder to work in, and a user who is known to git."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        home = folder / "home"
        write(home / ".gitconfig", "[user]\nname = Ada\nemail = ada@example.org\n")
        git = shutil.which("git")
        if git is None:
            raise SystemExit("error: git is not installed")
        self._killing = folder / "killing"
        write(self._killing / "git", KILLING_GIT.format(git=git))
        (self._killing / "git").chmod(0o755)
        self.environment = {
            "HOME": str(home),
            "TMPDIR": str(home),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
        }

    def run(self, command: Sequence[str], cwd: Path, **environment: str) -> Ran:
        done = subprocess.run(  # noqa: S603 - the commands of the scenarios
            command,
            cwd=cwd,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            check=False,
        )
        return Ran(done.returncode, done.stdout)

    def must_run(self, *command: str, cwd: Path) -> None:
        """Run what has to work for there to be a scenario."""
        self._refuse(command, self.run(command, cwd), 0)

    def must_kill(self, command: Sequence[str], project: "Project") -> None:
        """Run a command that is killed as soon as it has changed a file of the project."""
        path = f"{self._killing}{os.pathsep}{self.environment['PATH']}"
        place = {"PATH": path, "REPOSITORY": str(project.repository)}
        self._refuse(
            command, self.run([*WITH_GROUP, *command], project.path, **place), -signal.SIGKILL
        )

    def commit(self, repository: Path, *flags: str) -> None:
        """Commit every file; make the repository if there is none."""
        if not (repository / ".git").exists():
            self.must_run("git", "init", "--quiet", "--initial-branch=main", cwd=repository)
        self.must_run("git", "add", "--all", *flags, cwd=repository)
        self.must_run("git", "commit", "--quiet", "--allow-empty", "-m", "Change", cwd=repository)

    def release(self, template: Path, files: Mapping[str, Content], tag: str) -> None:
        """Make these files, and no others, the next version of a template."""
        if template.exists():
            self.must_run("git", "rm", "--quiet", "-r", ".", cwd=template)
        for name, content in files.items():
            write(template / name, content)
        self.commit(template, "--force")
        self.must_run("git", "tag", tag, cwd=template)

    @staticmethod
    def _refuse(command: Sequence[str], ran: Ran, expected: int) -> None:
        if ran.code != expected:
            printed = ran.printed.decode(errors="replace")
            raise SystemExit(f"error: {' '.join(command)} ended with {ran.code}:\n{printed}")


@dataclass(frozen=True)
class Project:
    """A project in the top folder of a repository, or in one below."""

    machine: Machine
    repository: Path
    path: Path
    template: Path

    def run(self, command: Sequence[str]) -> Ran:
        return self.machine.run(command, self.path)

    def git(self, *args: str) -> bytes:
        """What git says; nothing where it fails."""
        ran = self.run(["git", *args])
        return b"" if ran.code else ran.printed

    def read(self, name: str) -> bytes:
        """The content of a file; nothing where there is none."""
        file = self.path / name
        return file.read_bytes() if file.is_file() else b""

    def write(self, name: str, content: Content) -> None:
        write(self.path / name, content)

    def move(self, name: str, target: str) -> None:
        (self.path / target).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).rename(self.path / target)

    def files(self) -> Mapping[str, File]:
        """Every file of the repository, also those that git ignores."""
        paths = {file: file.relative_to(self.repository) for file in self.repository.rglob("*")}
        return {
            path.as_posix(): (os.access(file, os.X_OK), file.read_bytes())
            for file, path in sorted(paths.items())
            if file.is_file() and path.parts[0] != ".git"
        }


def write(file: Path, content: Content) -> None:
    """Write a file, and the folders above it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
