"""`python -m app`: the production server."""

import os

from app.server.cpus import available_cpus
from app.settings import load_settings

if __name__ == "__main__":
    settings = load_settings()
    settings.web_concurrency = settings.web_concurrency or available_cpus()
    # Gunicorn reads this variable while it is imported, and fails on an empty one.
    os.environ["WEB_CONCURRENCY"] = str(settings.web_concurrency)
    from app.server.gunicorn_server import Server

    Server(settings).run()
