"""The weather at a place, which another service knows: an example of calls."""
