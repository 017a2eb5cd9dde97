"""The limits of a socket that its client can notice."""

# A longer message ends its socket.
MAX_MESSAGE_BYTES = 65_536
# So much waits for a client that reads slowly, and so much for Redis: far more than a burst.
MAX_WAITING_BYTES = 16_777_216
# So much of it waits in the kernel, which says that a client reads once a third is taken.
SEND_BUFFER_BYTES = 65_536
# How long a client may take nothing of what waits for it, and then how long to read why it is closed.
STALL_SECONDS = 10
# How often a client is asked whether it is there, and how long it may then be silent.
PING_SECONDS = 20
