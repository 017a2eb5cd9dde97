"""Whether the machine is quiet enough, and the wait until it is."""

import time
from collections.abc import Callable

from scaffold.compare.formatting import share
from scaffold.compare.noise import LOW, Noise
from scaffold.console import Console

_PAUSE_SECONDS = 2

WantsToWait = Callable[[Noise], bool]


def await_quiet(
    measure: Callable[[], Noise], console: Console, wants_to_wait: WantsToWait
) -> Noise:
    """The noise before the first round; where it is high, the user may wait for less of it."""
    with console.step("Measuring the noise"):
        noise = measure()
    if not noise.is_low and wants_to_wait(noise):
        with console.watch("Waiting for quiet") as show:
            while not noise.is_low:
                show(_now(noise))
                time.sleep(_PAUSE_SECONDS)
                noise = measure()
    if not noise.is_low:
        console.note(f"the machine is busy: {noise}; smaller differences will be called level")
    return noise


def _now(noise: Noise) -> str:
    """How it stands, in a line."""
    return (
        f"{share(noise.itself)}, others {100 * noise.others:.0f} %; "
        f"under {100 * LOW:.0f} % it goes on, Ctrl-C ends"
    )
