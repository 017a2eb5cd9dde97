"""Each rule speaks for a framework, with an answer that can be given."""

from scaffold import frameworks
from scaffold.advise import rules
from scaffold.advise.rules import QUESTIONS


def test_each_rule_answers_a_question_with_one_of_its_choices() -> None:
    for rule in rules.RULES:
        assert rule.answer in QUESTIONS[rule.question].choices
        assert rule.framework in frameworks.NAMES
        assert rule.weight in (1, 2, 3)
