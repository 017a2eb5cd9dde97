"""Which framework fits: what the rules say of some answers. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scaffold.advise.rules import QUESTIONS, RULES, SERVED, Rule
from scaffold.frameworks import DEFAULT, FASTAPI, FLASK, NAMES
from scaffold.template import snapshot
from scaffold.template.questions import Answers


@dataclass(frozen=True)
class TurningAnswer:
    """One other answer that turns the advice around."""

    question: str
    answer: str | bool


@dataclass(frozen=True)
class Advice:
    """A framework, and everything that led to it."""

    framework: str
    score: Mapping[str, int]
    reasons_for: tuple[Rule, ...]
    reasons_against: tuple[Rule, ...]
    would_change: tuple[TurningAnswer, ...]
    profile: Answers  # what was answered
    features: Answers  # what `scaffold new` can bring of it

    @property
    def grounded(self) -> bool:
        """At least one answer speaks for a framework."""
        return bool(self.reasons_for or self.reasons_against)

    @property
    def close(self) -> bool:
        """The smallest reason could turn it."""
        return self.grounded and abs(self.score[FASTAPI] - self.score[FLASK]) <= 1

    @property
    def command(self) -> str:
        """The command that follows."""
        options = (flag(name, answer) for name, answer in self.features.items())
        return " ".join(["scaffold new DEST --framework", self.framework, *options])


def give_advice(profile: Answers) -> Advice:
    """Weigh the answers; one that is missing counts for neither framework."""
    score = _score(profile)
    framework = _better(score)
    reasons = _reasons(profile)
    return Advice(
        framework=framework,
        score=score,
        reasons_for=tuple(rule for rule in reasons if rule.framework == framework),
        reasons_against=tuple(rule for rule in reasons if rule.framework != framework),
        would_change=tuple(
            TurningAnswer(question.name, answer)
            for question in QUESTIONS.values()
            for answer in question.choices
            if _better(_score({**profile, question.name: answer})) != framework
        ),
        profile=profile,
        features=_features(profile),
    )


def flag(name: str, answer: Any) -> str:
    """An answer as an option of the command line."""
    if answer is False:
        return option(f"no-{name}")
    return option(name) if answer is True else f"{option(name)} {answer}"


def option(name: str) -> str:
    """The option that answers a question."""
    return f"--{name.replace('_', '-')}"


def _features(profile: Answers) -> Answers:
    """The answers to questions of the template that follow from a profile, in their order."""
    brought = dict([SERVED[profile["serves"]]] if profile.get("serves") in SERVED else [])
    wanted = {name: True for name, answer in profile.items() if answer is True} | brought
    return {name: wanted[name] for name in snapshot.questions() if name in wanted}


def _reasons(profile: Answers) -> list[Rule]:
    """The rules of the answers given, the weightiest first."""
    given = [rule for rule in RULES if profile.get(rule.question) == rule.answer]
    return sorted(given, key=lambda rule: -rule.weight)


def _score(profile: Answers) -> dict[str, int]:
    return {
        framework: sum(rule.weight for rule in _reasons(profile) if rule.framework == framework)
        for framework in NAMES
    }


def _better(score: Mapping[str, int]) -> str:
    return max(NAMES, key=lambda framework: (score[framework], framework == DEFAULT))
