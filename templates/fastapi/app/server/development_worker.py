"""What `poe dev` starts anew: the service on a socket that is open already."""

import logging
import signal
import sys
from socket import socket

if __name__ == "__main__":
    # Until the server handles it, what ends the process is no error.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from app.server.uvicorn_server import serve
    from app.settings import load_settings

    settings = load_settings()
    if settings.log_level == "INFO":
        # The banner has said where the service is.
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    serve(settings, socket(fileno=int(sys.argv[1])))
