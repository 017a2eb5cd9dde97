"""Templates that are fetched once in a run, however many projects were made from them."""

from pathlib import Path

from scaffold.console import Console
from scaffold.errors import ScaffoldError
from scaffold.template import sources
from scaffold.template.sources import Source


class Fetched:
    """The repositories of the templates that were asked for so far."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: dict[Source, tuple[Path, str] | ScaffoldError] = {}

    def repository(self, source: Source, console: Console) -> tuple[Path, str]:
        """A repository on this machine with the template, and what a project records of it.

        A place that does not answer is not asked again: each time would last as long.
        """
        if source not in self._found:
            workspace = self._folder / f"fetched-{len(self._found)}"
            workspace.mkdir()
            try:
                self._found[source] = sources.repository(source, workspace, console)
            except ScaffoldError as error:
                self._found[source] = error
        found = self._found[source]
        if isinstance(found, ScaffoldError):
            raise found
        return found
