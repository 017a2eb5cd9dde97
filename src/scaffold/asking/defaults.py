"""Better defaults than the template's, as far as its rules take them."""

from scaffold.errors import InvalidAnswer
from scaffold.new.plan import NewRequest
from scaffold.template.answers import explain_invalid_answer
from scaffold.template.project_name import project_name_for
from scaffold.template.questionnaire import Questionnaire
from scaffold.template.questions import Answers


def valid_defaults(
    questionnaire: Questionnaire, request: NewRequest, folder: str, given: Answers, derived: Answers
) -> Answers:
    """The derived defaults; one that breaks a rule gives way to one that may keep it.

    A given answer that breaks a rule is an error, told before anything is asked.
    """
    defaults = dict(derived)
    name = project_name_for(folder)
    others = {"project_name": [name, f"my-{name}"]}
    while True:
        filled = questionnaire.fill(given, {}, defaults)
        refused = {question.name: question.refused for question in filled.asked if question.refused}
        for question, reason in refused.items():
            if question in given:
                error = InvalidAnswer(question, reason)
                raise explain_invalid_answer(error, request, given) from error
        changeable = refused.keys() & defaults.keys()
        if not changeable:
            return defaults
        for question in changeable:
            del defaults[question]
            if others.get(question):
                defaults[question] = others[question].pop(0)
