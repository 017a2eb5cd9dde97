"""The address of Redis, through which processes share what is not kept."""

from pydantic import BaseModel, Field, RedisDsn


class RedisSettings(BaseModel):
    """The settings of Redis; without an address, each process is on its own."""

    redis_url: RedisDsn | None = Field(default=None, repr=False)
