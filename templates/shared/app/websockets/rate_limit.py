"""How fast a client may send."""

from time import monotonic

FRAMES_PER_SECOND = 50
# So many frames may come at once.
BURST = 100


class RateLimit:
    """Spreads the frames of one client over time."""

    def __init__(self) -> None:
        self._next = 0.0

    def delay(self) -> float:
        """Count a frame; return the seconds until the next one may be read."""
        now = monotonic()
        self._next = max(self._next, now - BURST / FRAMES_PER_SECOND) + 1 / FRAMES_PER_SECOND
        return max(0.0, self._next - now)
