"""Where Redis is, through which processes share what is not kept, and how it is asked."""

from typing import Any

from pydantic import BaseModel, Field, RedisDsn

# The service works without Redis too, so no request waits for it long.
OPTIONS: dict[str, Any] = {"socket_connect_timeout": 1, "socket_timeout": 1, "retry": None}


class RedisSettings(BaseModel):
    """The settings of Redis; without an address, each process is on its own."""

    redis_url: RedisDsn | None = Field(default=None, repr=False)
