"""What Python does in a service before its own code: it goes by a clock that a test moves.

Python imports `sitecustomize` at the start of each of the service's processes. If that fails, it
says so on stderr and goes on without.
"""

import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Clock:
    """The time of day in a service: it stands still until a test moves it."""

    folder: Path

    @property
    def pythonpath(self) -> str:
        """The PYTHONPATH with which a service goes by this clock, from now on."""
        self._set(time.time() // 1)
        file = str(self._file)
        (self.folder / "sitecustomize.py").write_text(
            "import time\nfrom pathlib import Path\n"
            f"time.time = lambda: float(Path({file!r}).read_text())\n",
            encoding="utf-8",
        )
        return str(self.folder)

    def move(self, seconds: float) -> None:
        """Let so much time pass."""
        self._set(float(self._file.read_text(encoding="utf-8")) + seconds)

    def move_to_the_next_minute(self, seconds: float) -> None:
        """Let time pass until so many seconds after a full minute."""
        self._set((time.time() // 60 + 1) * 60 + seconds)

    @property
    def _file(self) -> Path:
        return self.folder / "clock"

    def _set(self, seconds: float) -> None:
        # At once, so that nobody reads half of a number.
        new = self.folder / "clock.new"
        new.write_text(repr(seconds), encoding="utf-8")
        new.replace(self._file)
