"""A service is started as its image starts it, and stopped as a container is."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scaffold.errors import ScaffoldError
from scaffold.project import service


def project(folder: Path, dockerfile: str | None, program: str = "") -> Path:
    """A project whose environment has one program, called `serve`."""
    binaries = folder / ".venv" / "bin"
    binaries.mkdir(parents=True)
    if dockerfile is not None:
        (folder / "Dockerfile").write_text(dockerfile)
    serve = binaries / "serve"
    serve.write_text(f"#!{sys.executable}\n{program}\n")
    serve.chmod(0o755)
    return folder


def run(folder: Path, **settings: str) -> tuple[subprocess.Popen[str], str]:
    """Run the service until it ends by itself; what it said."""
    with (folder / "log").open("w+") as output:
        with service.running(folder, settings, output) as process:
            process.wait(30)
        output.seek(0)
        return process, output.read()


TELL = """
import os, sys
print(sys.argv[1:], os.getcwd(), os.environ["PORT"], os.environ.get("VIRTUAL_ENV"))
print("also", file=sys.stderr)
"""


def test_the_command_of_the_image_runs_in_the_projects_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/ours")
    project(tmp_path, 'FROM x\nCMD ["old"]\nCMD  ["serve", "--a b", "3"] \nEXPOSE 1\n', TELL)
    process, said = run(tmp_path, PORT="8001")
    assert sorted(said.splitlines()) == [f"['--a b', '3'] {tmp_path} 8001 None", "also"]
    assert process.returncode == 0
    assert not list(tmp_path.rglob("__pycache__"))


@pytest.mark.parametrize(
    ("dockerfile", "message"),
    [
        (None, "the project has no Dockerfile"),
        ("FROM x\n", "the Dockerfile has no exec-form CMD"),
        ("CMD serve --port 1\n", "the Dockerfile has no exec-form CMD"),
        ('# CMD ["serve"]\n', "the Dockerfile has no exec-form CMD"),
        ("CMD ['serve']\n", r"the Dockerfile's CMD is no list of words in JSON: \['serve'\]"),
        ("CMD [1]\n", r"the Dockerfile's CMD is no list of words in JSON: \[1\]"),
        ("CMD []\n", r"the Dockerfile's CMD is no list of words in JSON: \[\]"),
        ('CMD ["missing-program", "x"]\n', "CMD starts missing-program, which is not installed"),
    ],
)
def test_a_project_that_cannot_be_started_says_why(
    tmp_path: Path, dockerfile: str | None, message: str
) -> None:
    project(tmp_path, dockerfile)
    with pytest.raises(ScaffoldError, match=message):
        run(tmp_path)


# Says that it is ready, and how a SIGTERM found it.
POLITE = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print("bye", flush=True), sys.exit(0)))
print("ready", flush=True)
time.sleep(60)
"""
STUBBORN = POLITE.replace('(print("bye", flush=True), sys.exit(0))', "None")


def wait_for(text: str, path: Path) -> None:
    deadline = time.monotonic() + 30
    while text not in path.read_text():
        assert time.monotonic() < deadline, f"{path} never said {text}"
        time.sleep(0.01)


def test_a_service_is_asked_to_end(tmp_path: Path) -> None:
    project(tmp_path, 'CMD ["serve"]', POLITE)
    with (tmp_path / "log").open("w") as output:
        with service.running(tmp_path, {}, output) as process:
            wait_for("ready", tmp_path / "log")
        assert process.returncode == 0
    assert (tmp_path / "log").read_text() == "ready\nbye\n"


def test_one_that_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "STOP_SECONDS", 0.1)
    project(tmp_path, 'CMD ["serve"]', STUBBORN)
    with (tmp_path / "log").open("w") as output:
        with service.running(tmp_path, {}, output) as process:
            wait_for("ready", tmp_path / "log")
        assert process.returncode == -signal.SIGKILL


def test_a_block_that_fails_leaves_no_service_behind(tmp_path: Path) -> None:
    project(tmp_path, 'CMD ["serve"]', POLITE)
    with (
        (tmp_path / "log").open("w") as output,
        pytest.raises(KeyboardInterrupt),
        service.running(tmp_path, {}, output) as process,
    ):
        raise KeyboardInterrupt
    assert process.poll() is not None


def test_a_service_is_started_where_no_interrupt_can_lose_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path, 'CMD ["serve"]', POLITE)
    started: list[subprocess.Popen[str]] = []
    popen = subprocess.Popen

    def interrupted(*args: object, **options: object) -> subprocess.Popen[str]:
        process: subprocess.Popen[str] = popen(*args, **options)  # type: ignore[call-overload]
        started.append(process)
        signal.raise_signal(signal.SIGINT)
        return process

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    with (
        (tmp_path / "log").open("w") as output,
        pytest.raises(KeyboardInterrupt),
        service.running(tmp_path, {}, output),
    ):
        pass
    assert started[0].poll() is not None


def test_a_free_port_can_be_listened_on() -> None:
    ports = {service.free_port() for _ in range(3)}
    assert all(1024 <= port <= 65535 for port in ports)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("", ""),
        ("one\n\n\n", "one"),
        ("\n".join(map(str, range(40))), "\n".join(map(str, range(40)))),
        ("\n".join(map(str, range(41))) + "\n", "\n".join(map(str, range(1, 41)))),
    ],
)
def test_the_tail_of_an_output_is_its_last_forty_lines(text: str, end: str) -> None:
    assert service.tail(text) == end
