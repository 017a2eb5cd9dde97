"""What `scaffold new` asks: the folder, and what its template wants to know."""

import os
from contextlib import ExitStack

from scaffold.asking import terminal
from scaffold.asking.defaults import valid_defaults
from scaffold.asking.forms import Show, Type
from scaffold.asking.interview import Interview
from scaffold.console import Console
from scaffold.errors import UsageError
from scaffold.new.plan import NewRequest
from scaffold.new.staging import check_destination
from scaffold.template.questionnaire import open_questionnaire
from scaffold.template.questions import Answers
from scaffold.template.template import Template

_FOLDER = "my-service"


def ask_folder(show: Show = terminal.show) -> str:
    """Ask for DEST, until a project can be created there."""

    def check(text: str) -> str:
        folder = os.path.expanduser(text.strip())
        check_destination(folder)
        return folder

    try:
        offered = check(_FOLDER)
    except UsageError:
        offered = ""
    folder: str = show(
        Type(
            title="Folder",
            explanation="The folder to create; the project gets its name.",
            default=offered,
            check=check,
            first=True,
        )
    )
    return folder


def ask(
    request: NewRequest,
    template: Template,
    folder: str,
    given: Answers,
    derived: Answers,
    console: Console,
    show: Show = terminal.show,
) -> Answers:
    """Every answer: what is open is asked, and all of it reviewed."""
    with ExitStack() as stack:
        with console.busy("Reading the questions"):
            questionnaire = stack.enter_context(open_questionnaire(template, folder))
            defaults = valid_defaults(questionnaire, request, folder, given, derived)
        questions = template.questions
        return Interview(request, questions, questionnaire, defaults, given, show).run()
