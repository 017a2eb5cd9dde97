"""A TCP relay that can lose its target, as a network loses a database."""

import socket
import threading
from contextlib import suppress
from typing import Self


class Relay:
    """Passes bytes between a local port and a server, until it is told to stop."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._open = threading.Event()
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        self.go_on()
        self._listen()
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()
        self.go_on()  # ends the threads that wait for that

    def stall(self) -> None:
        """Keep every connection and take new ones, but pass nothing on."""
        self._open.clear()

    def go_on(self) -> None:
        """Pass on again, after a stall, what has come meanwhile."""
        self._open.set()

    def refuse(self) -> None:
        """Cut every connection and refuse new ones."""
        with self._lock:
            for connection in (self._listener, *self._sockets):
                # close() alone does not wake a thread that waits in accept() or recv().
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                connection.close()
            self._sockets.clear()

    def restore(self) -> None:
        """Take connections again, after a refusal."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.go_on()
        self._listen()

    def _listen(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(self._target)
                with self._lock:
                    self._sockets += [client, server]
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source: socket.socket, destination: socket.socket) -> None:
        with suppress(OSError):  # either end was closed
            while data := source.recv(65536):
                self._open.wait()
                destination.sendall(data)
            destination.shutdown(socket.SHUT_WR)
