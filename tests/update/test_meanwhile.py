"""Somebody works on the project while an update runs: nothing of theirs is lost, and each exit code is true."""

import os
import random
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which
from threading import Thread

import pytest

from tests.support import environment
from tests.update.conftest import Project, Template, lines

RUNS = int(os.environ.get("SCAFFOLD_MEANWHILE", "8"))
ANSWERS = ".copier-answers.yml"
NEW = "_commit: v1.1.0"
NAMES = [f"app/part_{number}.py" for number in range(8)]


@dataclass
class Somebody:
    """A person, an editor or a script that does as they please at random moments."""

    path: Path
    random: random.Random
    env: Mapping[str, str]
    written: list[str] = field(default_factory=list)

    def work(self) -> None:
        for _ in range(self.random.randint(1, 4)):
            time.sleep(self.random.uniform(0, 0.5))
            self.random.choice(self.deeds())()

    def deeds(self) -> list[Callable[[], None]]:
        return [
            *(self.edit, self.save, self.add, self.delete),
            *(self.commit, self.commit_all, self.stash, self.switch),
        ]

    def line(self) -> str:
        self.written.append(f"mine {len(self.written)} {self.random.random()}")
        return self.written[-1]

    def edit(self) -> None:
        """Write into a file where it lies."""
        with (self.path / self.random.choice(NAMES)).open("a") as file:
            file.write(f"{self.line()}\n")

    def save(self) -> None:
        """Write a file anew and put it in place, as most editors do."""
        file = self.path / self.random.choice(NAMES)
        if file.exists():
            new = file.with_name("editor")
            new.write_text(f"{self.line()}\n{file.read_text()}")
            new.replace(file)

    def add(self) -> None:
        (self.path / f"new-{self.random.random()}").write_text(f"{self.line()}\n")

    def commit(self) -> None:
        self.add()
        self.git("add", "new-*")
        self.git("commit", "-m", "Other files", "--", "new-*")

    def commit_all(self) -> None:
        self.edit()
        self.git("commit", "-a", "-m", "Everything")

    def stash(self) -> None:
        self.edit()
        self.git("stash")

    def switch(self) -> None:
        self.git("switch", "-c", f"branch-{self.random.random()}")

    def delete(self) -> None:
        """git keeps what is not committed."""
        self.git("rm", "--quiet", self.random.choice(NAMES))

    def git(self, *args: str) -> None:
        """It may fail, as when the tool has the index."""
        subprocess.run(  # noqa: S603
            [which("git") or "git", *args], cwd=self.path, env=self.env, capture_output=True,
            check=False,
        )  # fmt: skip


def everything_kept(project: Project) -> str:
    """All that lies in the folder, and all that git can be asked for by a name."""
    texts = [
        path.read_text() for path in project.path.rglob("*") if path.is_file() and not in_git(path)
    ]
    listed = project.git("rev-list", "--objects", "--all", "--reflog", "--indexed-objects")
    names = "\n".join(line.partition(" ")[0] for line in listed.splitlines())
    command = [which("git") or "git", "cat-file", "--batch"]
    done = subprocess.run(  # noqa: S603
        command, cwd=project.path, input=names.encode(), capture_output=True, check=True
    )
    return "\n".join([*texts, done.stdout.decode(errors="replace")])


def in_git(path: Path) -> bool:
    return ".git" in path.parts


@pytest.mark.parametrize("number", range(RUNS))
def test_nothing_that_is_done_while_an_update_runs_is_lost(
    project: Project, template: Template, number: int
) -> None:
    template.release("v1.0.1", {name: lines(name) for name in NAMES})
    assert project.update().code == 0
    project.git("commit", "--quiet", "-m", "To v1.0.1")
    template.release("v1.1.0", {name: lines(name, {5: "the template's"}) for name in NAMES})
    somebody = Somebody(
        project.path,
        random.Random(number),  # noqa: S311
        environment.for_tools() | dict(project.cli.env),
    )
    thread = Thread(target=somebody.work)
    thread.start()
    ran = project.update()
    thread.join()

    kept = everything_kept(project)
    lost = [line for line in somebody.written if line not in kept]
    assert lost == [], ran
    if ran.code in (0, 3):
        assert NEW in kept, ran
    else:
        assert NEW not in project.read(ANSWERS) or "--abort" in ran.err, ran

    aborted = project.abort()
    assert "Traceback" not in aborted.err
    last = project.git("show", f"HEAD:{ANSWERS}")
    if aborted.code == 0:
        assert project.read(ANSWERS).strip() == last
        assert NEW not in last
    else:
        assert aborted.code == 2, (ran, aborted)
        assert "there is no update to abort" in aborted.err
        assert NEW in last or NEW not in project.read(ANSWERS), (ran, aborted)
    kept = everything_kept(project)
    assert [line for line in somebody.written if line not in kept] == [], aborted
