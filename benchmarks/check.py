"""Times `scaffold check` on 200 projects beside `copier check-update` on one of them.

    uv run benchmarks/check.py [ROUNDS]

The projects are copies of one record, made from a template repository on this machine with two
releases. Both tools are installed in throw-away environments and run as new processes, in turns,
ROUNDS (15) times. Copier takes one project at a time, so five of its runs are one command too.
"""

import shutil
import tempfile
from pathlib import Path

from generate import PEERS, REPOSITORY, ROUNDS, install_tool, measure, prepare_environment, report

from commands import arguments, run

PROJECTS = 200
RECORD = ".copier-answers.yml"
FIVE_TIMES = 'for n in 1 2 3 4 5; do "$0" "$@"; done'


def main() -> None:
    rounds = arguments(__doc__, ROUNDS).rounds
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        environment = prepare_environment(work)
        template = work / "template"
        run("git", "clone", "--quiet", "--no-tags", str(REPOSITORY), str(template))
        run("git", "remote", "remove", "origin", cwd=template)
        run("git", "tag", "v1.0.0", "HEAD~1", cwd=template)
        run("git", "tag", "v1.1.0", cwd=template)
        scaffold = install_tool(work, "scaffold", str(template))
        copier = install_tool(work, "copier", PEERS["copier"])

        projects = [work / "projects" / f"service-{number:03}" for number in range(PROJECTS)]
        first, *others = projects
        made = ("--yes", "--no-install", "--ref", "v1.1.0")
        run(scaffold, "new", str(first), *made, environment=environment)
        for other in others:
            other.mkdir()
            shutil.copy(first / RECORD, other)
        update = [copier, "check-update", str(first)]
        times = measure(
            {
                f"scaffold, {PROJECTS} projects": [scaffold, "check", *map(str, projects)],
                "copier, 1 project": update,
                "copier, 5 projects": ["sh", "-c", FIVE_TIMES, *update],
                "scaffold, 1 project": [scaffold, "check", str(first)],
            },
            rounds,
            work,
            environment,
        )
        report("check", times)


if __name__ == "__main__":
    main()
