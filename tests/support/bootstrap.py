"""What Python does in a service before its own code: passwords are cheap, or time stands still.

Python imports `sitecustomize` at the start of each of the service's processes. If that fails, it
says so on stderr and goes on without. `PYTHONPATH=""` starts a service as it is.
"""

import time
from dataclasses import dataclass
from pathlib import Path

# A good hash takes a tenth of a second of a processor, and the tests make more than a thousand.
HASHES = """\
try:
    import argon2
except ImportError:
    pass
else:

    # In its place, so that it holds wherever the class was imported before.
    init, verify = argon2.PasswordHasher.__init__, argon2.PasswordHasher.verify

    def cheap(self, *_, **__):
        init(self, time_cost=1, memory_cost=16, parallelism=1)

    def counted(self, *args):
        with open({log!r}, "a") as log:
            log.write(".")
        return verify(self, *args)

    argon2.PasswordHasher.__init__, argon2.PasswordHasher.verify = cheap, counted
"""
CLOCK = """\
import time
from pathlib import Path

time.time = lambda: float(Path({file!r}).read_text())
"""


@dataclass(frozen=True)
class Hashes:
    """The passwords of a service: they take next to nothing to hash, and each check is counted."""

    folder: Path

    @property
    def pythonpath(self) -> str:
        """The PYTHONPATH with which passwords are cheap."""
        self._log.touch()
        return customized(self.folder, self.code)

    @property
    def code(self) -> str:
        """What makes them cheap and counts them."""
        return HASHES.format(log=str(self._log))

    @property
    def verified(self) -> int:
        """How many passwords were held against a hash so far."""
        return self._log.stat().st_size

    @property
    def _log(self) -> Path:
        return self.folder / "verified"


@dataclass(frozen=True)
class Clock:
    """The time of day in a service: it stands still until a test moves it. Passwords are cheap."""

    folder: Path

    @property
    def pythonpath(self) -> str:
        """The PYTHONPATH with which a service goes by this clock, from now on."""
        self._set(time.time() // 1)
        clock = CLOCK.format(file=str(self._file))
        return customized(self.folder, Hashes(self.folder).code + clock)

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


def customized(folder: Path, code: str) -> str:
    """The PYTHONPATH with which Python begins with this code."""
    (folder / "sitecustomize.py").write_text(code, encoding="utf-8")
    return str(folder)
