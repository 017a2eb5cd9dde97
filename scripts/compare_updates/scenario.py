"""A scenario: what happens in it, and how it is played with a tool."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from scripts.compare_updates.checks import Check, Outcome
from scripts.compare_updates.project import Machine, Project, Ran
from scripts.compare_updates.tools import FIRST, Tool, Version


def update(tool: Tool, project: Project) -> Ran:
    """What the user does in most scenarios."""
    return project.run(tool.update)


@dataclass(frozen=True)
class Scenario:
    """A project is made from the old version and edited; then it is brought to the new one."""

    name: str
    right: str
    old: Version
    new: Version
    edit: Callable[[Project], object]
    checks: Sequence[Check]
    act: Callable[[Tool, Project], Ran] = update
    committed: bool = True  # the user's edit
    prerelease: Version | None = None  # what the template has after the new version
    answers: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""  # where the project lies in its repository

    def play(self, tool: Tool, machine: Machine) -> list[str]:
        """What is wrong with the outcome."""
        template = machine.folder / "template"
        versions = {FIRST: self.old, "v1.1.0": self.new, "v2.0.0rc1": self.prerelease}
        for tag, version in versions.items():
            if version:
                machine.release(template, tool.template(version), tag)
        repository = machine.folder / "project"
        project = Project(machine, repository, repository / self.folder, template)
        tool.create(machine, template, project.path, self.old, self.answers)
        machine.commit(repository)
        self.edit(project)
        if self.committed:
            machine.commit(repository)
        before, status = project.files(), project.git("status", "--porcelain")
        outcome = Outcome(project, before, status, self.act(tool, project))
        return [fault for check in self.checks for fault in check(outcome)]
