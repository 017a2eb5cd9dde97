"""`python -m app`: the production server."""

import os

from app.settings import load_settings
from app.workers import available_cpus

if __name__ == "__main__":
    settings = load_settings()
    settings.web_concurrency = settings.web_concurrency or available_cpus()
    # Gunicorn reads this variable while it is imported, and fails on an empty one.
    os.environ["WEB_CONCURRENCY"] = str(settings.web_concurrency)
    from app.server import Server

    Server(settings).run()
