"""What was compared, when and where, as the head of a table or a page."""

import re

from scaffold.compare.results import Comparison
from scaffold.frameworks import NAMES
from scaffold.template import releases
from scaffold.template.questions import Answers

_COMMIT = re.compile(r"[0-9a-f]{40,64}")


def title(comparison: Comparison) -> str:
    """The two frameworks with their versions, and the features that both services have."""
    names = (
        f"{name} {comparison.packages[framework].get(framework, '')}".rstrip()
        for framework, name in NAMES.items()
    )
    features = joined(_features(comparison.answers))
    return f"{' and '.join(names)}, {f'with {features}' if features else 'without any feature'}"


def circumstances(comparison: Comparison) -> str:
    """The time, the machine and the versions."""
    machine, version = comparison.machine, comparison.version
    template = releases.short(version) if _COMMIT.fullmatch(version) else version
    return (
        f"{comparison.measured_at:%Y-%m-%d %H:%M} UTC, on {machine.processor}, "
        f"{machine.cpus} CPUs, {machine.system}, with Python {comparison.python} "
        f"and the template at {template}"
    )


def joined(words: list[str]) -> str:
    """Words as a list in a sentence."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _features(answers: Answers) -> list[str]:
    return [
        name.replace("_", " ") if answer is True else answer
        for name, answer in answers.items()
        if answer is True or (isinstance(answer, str) and answer not in ("", "none"))
    ]
