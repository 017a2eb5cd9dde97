"""Times `scaffold new` and `scaffold --help` beside copier, fastapi_template and cookiecutter.

    uv run benchmarks/generate.py [ROUNDS]

Each tool is installed in a throw-away environment and run as a new process, in turns, ROUNDS (15)
times. Every one renders without installing: scaffold and copier the committed template of this
repository, cookiecutter the same project as a template of its own, and fastapi_template its own
project, with `uv` replaced by a program that does nothing. scaffold and fastapi_template also make
a git repository with a first commit; `--no-git` shows what that costs.
"""

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from commands import arguments, install, run

REPOSITORY = Path(__file__).parents[1]
ROUNDS = 15
PROJECT = "my-service"
PEERS = {
    "copier": "copier>=9.19.1",
    "fastapi_template": "fastapi-template==6.1.2",
    "cookiecutter": "cookiecutter>=2.6",
}
FASTAPI_TEMPLATE = (
    *("--name", "my_service", "--quiet", "--api-type", "rest", "--db", "sqlite"),
    *("--orm", "sqlalchemy", "--ci", "github", "--migrations", "--dummy", "--routers", "--swagger"),
)

Commands = dict[str, list[str]]


def main() -> None:
    rounds = arguments(__doc__, ROUNDS).rounds
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        environment = prepare_environment(work)
        template = work / "template"
        run("git", "clone", "--quiet", str(REPOSITORY), str(template))
        scaffold = install_tool(work, "scaffold", str(template))
        peers = {name: install_tool(work, name, requirement) for name, requirement in PEERS.items()}

        copier = [peers["copier"], "copy", "--quiet", "--defaults", "--vcs-ref=HEAD"]
        rendered = work / "rendered"
        run(*copier, str(template), str(rendered))
        tree = cookiecutter_template(rendered, work / "cookiecutter-template")
        new = [scaffold, "new", PROJECT, "--yes", "--no-install"]
        report(
            "new",
            measure(
                {
                    "scaffold new": new,
                    "scaffold new --no-git": [*new, "--no-git"],
                    "copier copy": [*copier, str(template), PROJECT],
                    "fastapi_template": [peers["fastapi_template"], *FASTAPI_TEMPLATE],
                    "cookiecutter": [peers["cookiecutter"], "--no-input", str(tree)],
                },
                rounds,
                work,
                environment,
            ),
        )
        helps = {"scaffold --help": [scaffold, "--help"]}
        helps |= {f"{name} --help": [program, "--help"] for name, program in peers.items()}
        report("--help", measure(helps, rounds, work, environment))


def prepare_environment(work: Path) -> dict[str, str]:
    """A home of its own, a name for git, and a `uv` that does nothing."""
    home = work / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\nname = Benchmark\nemail = benchmark@example.org\n")
    programs = work / "bin"
    programs.mkdir()
    (programs / "uv").write_text("#!/bin/sh\n")
    (programs / "uv").chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8"}


def install_tool(work: Path, name: str, requirement: str) -> str:
    """Install a tool in an environment of its own; the path of its program."""
    return str(install(work / "environments" / name, sys.executable, requirement) / name)


def cookiecutter_template(project: Path, template: Path) -> Path:
    """The same project as a template of cookiecutter, with one question."""
    shutil.copytree(project, template / "{{ cookiecutter.project_name }}")
    # GitHub's own expressions look like Jinja's.
    answers = {"project_name": PROJECT, "_copy_without_render": [".github/*"]}
    (template / "cookiecutter.json").write_text(json.dumps(answers))
    return template


def measure(
    commands: Commands, rounds: int, work: Path, environment: dict[str, str]
) -> dict[str, list[float]]:
    """Seconds of each command in each round; one more round goes first to warm the caches."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        turns = list(commands.items())
        for name, command in reversed(turns) if number % 2 else turns:
            with tempfile.TemporaryDirectory(dir=work) as folder:
                started = time.perf_counter()
                run(*command, cwd=folder, environment=environment)
                seconds = time.perf_counter() - started
            if number:
                times[name].append(seconds)
    return times


def report(title: str, times: dict[str, list[float]]) -> None:
    """Print the medians, and the median of the rounds' ratios of the first to each."""
    first, *_ = times
    rounds = len(times[first])
    print(f"\n{title}, {rounds} rounds      median     quartiles        {first} : it")
    for name, seconds in times.items():
        low, median, high = statistics.quantiles(seconds, n=4)
        ratio = statistics.median(a / b for a, b in zip(times[first], seconds, strict=True))
        print(f"{name:24} {median:7.3f} s   {low:.3f} to {high:.3f} s {ratio:10.2f}")


if __name__ == "__main__":
    main()
