"""The limits of a socket that its client can notice."""

# A longer message ends its socket.
MAX_MESSAGE_BYTES = 65_536
# So many frames wait for a client that reads slowly.
MAX_QUEUE = 256
# How long a client may leave unread what it was sent.
STALL_SECONDS = 10
# How often a client is asked whether it is there, and how long it may then be silent.
PING_SECONDS = 20
