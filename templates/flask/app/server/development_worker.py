"""What `poe dev` starts anew: the service on a socket that is open already."""

import signal
import sys

if __name__ == "__main__":
    # Until the server handles it, what ends the process is no error.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from gunicorn.arbiter import Arbiter

    from app.server.gunicorn_server import Server
    from app.settings import load_settings

    server = Server(load_settings())
    server.cfg.set("bind", f"fd://{sys.argv[1]}")
    if server.settings.log_level == "INFO":
        # The banner has said where the service is.
        server.cfg.set("loglevel", "WARNING")
    # The server's own `run` would not show where a RuntimeError comes from.
    Arbiter(server).run()
