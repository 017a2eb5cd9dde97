"""What a worker has made while it started is not looked at by its garbage collector."""

import subprocess

from tests.support import environment
from tests.support.combinations import BARE_ML, Combination, each_framework, run_over
from tests.support.projects import Projects

# Each prints how many objects are set aside when the first request could come.
SCRIPTS = {
    "fastapi": """
import asyncio
import gc
from app.server.worker import create_worker_app

async def start():
    app = create_worker_app()
    before = gc.get_freeze_count()
    async with app.router.lifespan_context(app):
        print(before, gc.get_freeze_count())

asyncio.run(start())
""",
    "flask": """
import gc
from app.server.gunicorn_server import Server
from app.settings import load_settings

settings = load_settings()
settings.web_concurrency = 1
server = Server(settings)
before = gc.get_freeze_count()
server.load()
print(before, gc.get_freeze_count())
""",
}


@run_over(each_framework(database="none") + BARE_ML)
def test_what_stays_is_set_aside(combination: Combination, projects: Projects) -> None:
    project = projects.of(combination)
    command = [str(project / ".venv/bin/python"), "-c", SCRIPTS[combination.framework]]
    done = subprocess.run(  # noqa: S603 - commands of the tests themselves
        command,
        check=True,
        cwd=project,
        env=environment.for_tools(),
        stdout=subprocess.PIPE,
        text=True,
    )
    before, after = map(int, done.stdout.splitlines()[-1].split())
    # All modules and routes, which are several ten thousand objects.
    assert before == 0
    assert after > 10_000
