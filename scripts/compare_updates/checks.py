"""What is asked of a project after an update; each fault is a few words."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from scripts.compare_updates.project import Content, File, Project, Ran


@dataclass(frozen=True)
class Outcome:
    """A project before and after, and how the last command ended."""

    project: Project
    before: Mapping[str, File]
    status_before: bytes
    ran: Ran

    def sides(self, name: str) -> bytes:
        """A file, and what is kept of its conflict: both sides in git, and what was rejected."""
        stages = [self.project.git("show", f":{stage}:./{name}") for stage in (2, 3)]
        return b"".join([self.project.read(name), *stages, self.project.read(f"{name}.rej")])

    def conflicts(self) -> set[str]:
        """The files in which something shows that the user has to decide."""
        unmerged = self.project.git("ls-files", "--unmerged").decode().splitlines()
        marked = self.project.git("grep", "--untracked", "--name-only", "^<<<<<<< ").decode()
        rejected = self.project.path.rglob("*.rej")
        return {
            *(line.partition("\t")[2] for line in unmerged),
            *marked.splitlines(),
            *(file.relative_to(self.project.path).with_suffix("").as_posix() for file in rejected),
        }


Check = Callable[[Outcome], Iterator[str]]


def has(name: str, content: Content, otherwise: str) -> Check:
    """A file, or what is kept of its conflict, has these lines."""
    wanted = content.encode() if isinstance(content, str) else content

    def check(outcome: Outcome) -> Iterator[str]:
        if wanted not in outcome.sides(name):
            yield otherwise

    return check


def lacks(name: str, content: str, otherwise: str) -> Check:
    """A file does not have these lines."""

    def check(outcome: Outcome) -> Iterator[str]:
        if content.encode() in outcome.project.read(name):
            yield otherwise

    return check


def gone(name: str, otherwise: str) -> Check:
    """There is no such file."""

    def check(outcome: Outcome) -> Iterator[str]:
        if (outcome.project.path / name).exists():
            yield otherwise

    return check


def finished(outcome: Outcome) -> Iterator[str]:
    """Nothing is left to do, and the exit code says so."""
    for name in sorted(outcome.conflicts()):
        yield f"a conflict in `{name}`"
    if outcome.ran.code:
        yield f"exit code {outcome.ran.code}"


def conflict(name: str) -> Check:
    """Something shows that the user has to decide, and the exit code says so."""

    def check(outcome: Outcome) -> Iterator[str]:
        if name not in outcome.conflicts():
            yield f"no conflict in `{name}`"
        if outcome.ran.code == 0:
            yield "exit code 0"

    return check


def untouched(outcome: Outcome) -> Iterator[str]:
    """Every file is as it was, and git sees no change either."""
    if outcome.project.files() != outcome.before:
        yield "files are changed"
    if outcome.project.git("status", "--porcelain") != outcome.status_before:
        yield "git sees changes"


def refused(outcome: Outcome) -> Iterator[str]:
    """The tool says why it does nothing, and does nothing."""
    yield from untouched(outcome)
    if b"Traceback" in outcome.ran.printed:
        yield "a traceback, not a message"
    if outcome.ran.code == 0:
        yield "exit code 0"
