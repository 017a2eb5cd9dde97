"""What Copier makes for the tool, kept: it is deterministic, and takes longer than all the rest of an update."""

import pickle
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from unittest.mock import patch

from scaffold.template import render
from scaffold.template.questions import Answers
from scaffold.template.render import Rendering
from scaffold.template.template import Template

_render = render.render


@dataclass(frozen=True)
class Renderings:
    """A folder of them, which processes can share."""

    folder: Path

    def render(
        self, template: Template, destination: Path, given: Answers, defaults: Answers
    ) -> Rendering:
        """Render a project, or copy what was rendered of the same version with the same answers."""
        depends_on = (template.src_path, template.commit, template.version)
        answers = (sorted(given.items()), sorted(defaults.items()))
        kept = self.folder / sha256(repr((depends_on, answers)).encode()).hexdigest()
        if not kept.exists():
            self._keep(kept, template, given, defaults)
        shutil.copytree(kept / "files", destination, symlinks=True, dirs_exist_ok=True)
        rendering: Rendering = pickle.loads((kept / "rendering").read_bytes())  # noqa: S301
        return rendering

    def _keep(self, kept: Path, template: Template, given: Answers, defaults: Answers) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder) as place:
            new = Path(place) / "new"
            new.mkdir()
            rendering = _render(template, new / "files", given, defaults)
            (new / "rendering").write_bytes(pickle.dumps(rendering))
            with suppress(OSError):  # another process was faster
                new.rename(kept)


@contextmanager
def kept(folder: Path) -> Iterator[None]:
    """Have the tool take what was rendered before, as long as it runs in this process."""
    with patch.object(render, "render", Renderings(folder).render):
        yield
