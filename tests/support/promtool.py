"""What Prometheus' own tool says."""

import shutil
import subprocess

from tests.support.missing import give_up


def promtool(*command: str, content: str = "") -> str:
    """What a command of it prints; it must be content."""
    program = shutil.which("promtool")
    if program is None:
        give_up("promtool is not installed: apt-get install prometheus")
    ended = subprocess.run(  # noqa: S603
        [program, *command], check=False, input=content, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout
