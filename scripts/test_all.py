"""Run the tests with every supported Python, over many more cases than `poe test`.

Any three answers meet under the contract, random combinations of answers are tried beside them, 2,000
projects with random edits are updated, and each command that writes is killed at 40 moments. The
pictures of the manual are recorded anew and compared.
"""

import os
import subprocess
import sys
from argparse import ArgumentParser

from uv import find_uv_bin

PYTHONS = ("3.11", "3.12", "3.13")
CASES = {
    "SCAFFOLD_CONTRACT_STRENGTH": "3",
    "SCAFFOLD_RANDOM_COMBINATIONS": "12",
    "SCAFFOLD_RANDOM_UPDATES": "2000",
    "SCAFFOLD_KILLS": "40",
    "SCAFFOLD_MEANWHILE": "2000",
    "SCAFFOLD_EVERY_FORM": "1",
    "SCAFFOLD_EXAMPLES": "100",
    "SCAFFOLD_RECORDINGS": "1",
    "SCAFFOLD_TORCH": "1",
    "UV_TORCH_BACKEND": "cpu",
}


def main() -> None:
    """Run everything with each Python, and fail if one of the runs did."""
    parser = ArgumentParser(prog="poe test-all", description=__doc__)
    parser.add_argument(
        "pythons",
        nargs="*",
        default=PYTHONS,
        metavar="PYTHON",
        help="versions or paths; the tested ones if left out",
    )
    failed = []
    for python in parser.parse_args().pythons:
        print(f"Python {python}, seed {os.environ.get('SCAFFOLD_SEED', '0')}", flush=True)
        parallel = ("--numprocesses=auto", "--dist=loadgroup")
        done = subprocess.run(  # noqa: S603 - our own command
            [find_uv_bin(), "run", "--isolated", "--python", python, "pytest", *parallel],
            env={**CASES, **os.environ, "UV_PYTHON": python},
            check=False,
        )
        if done.returncode:
            failed.append(python)
    if failed:
        sys.exit(f"error: the tests fail with Python {', '.join(failed)}")


if __name__ == "__main__":
    main()
