"""Asks what the flags left open, one screen after another, and shows all answers at the end."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

from scaffold.asking.forms import Back, Choose, Form, Row, Show
from scaffold.asking.framework import ask_framework, with_advice
from scaffold.asking.presets import FACT, Preset, presets
from scaffold.asking.question_forms import form_of, form_of_switches
from scaffold.errors import Interrupted
from scaffold.new.plan import NewRequest
from scaffold.template.answers import reject_hidden
from scaffold.template.flags import flag_of
from scaffold.template.questionnaire import Asked, Filled, Questionnaire
from scaffold.template.questions import Answers, Question

_RESOURCES = "`scaffold generate resource` adds one to a project; `scaffold new --no-items` leaves the example out."
_CREATE, _CANCEL, _NO_PRESET = object(), object(), object()


class Interview:
    """The answers of one run, and the way that led to them."""

    def __init__(
        self,
        request: NewRequest,
        questions: Mapping[str, Question],
        questionnaire: Questionnaire,
        defaults: Answers,
        given: Answers,
        show: Show,
    ) -> None:
        self._request = request
        self._questions = questions
        self._questionnaire = questionnaire
        self._defaults = dict(defaults)
        self._flags = given
        self._show = show
        self._note = ""
        self._before: dict[str, Asked] = {}  # answers that were taken back, to offer them again
        self._advised: dict[str, Any] = {}  # answers to offer; no rule sees one that was not given
        self._forget()

    def _forget(self) -> None:
        """Begin with what the flags say."""
        self._given = dict(self._flags)  # not asked; every rule sees it
        self._answers: dict[str, Any] = {}
        self._preset: Preset | None = None
        self._preset_asked = False
        self._steps: list[tuple[str, ...]] = []  # what each screen asked that was answered
        self._reviewed: set[str] = set()  # what stood in the last review
        self._changing = ""  # what the user wants to change there

    def run(self) -> Answers:
        """Ask until the user agrees with every answer."""
        filled = self._fill()
        offered = presets(filled.facts.get(FACT), self._questions)
        while True:
            cause = ""
            try:
                if self._wants_preset(offered):
                    cause = self._ask_preset(offered)
                elif step := self._next(filled):
                    cause = self._ask(step, filled)
                elif self._review(filled):
                    return filled.answers
            except Back:
                self._go_back(filled)
            after = self._fill()
            self._tell_dropped(cause, filled, after)
            filled = after

    def _fill(self) -> Filled:
        return self._questionnaire.fill(self._given, self._answers, self._defaults)

    def _wants_preset(self, offered: tuple[Preset, ...]) -> bool:
        """Whether there are presets, and features for them to answer."""
        features = (name for name, question in self._questions.items() if question.off is not None)
        return (
            bool(offered) and not self._preset_asked and any(n not in self._given for n in features)
        )

    def _ask_preset(self, offered: tuple[Preset, ...]) -> str:
        rows = [Row(preset.title, preset, preset.explanation) for preset in offered]
        rows.append(Row("Let me choose", _NO_PRESET, "Every question is asked."))
        chosen = self._show(Choose(title="Start with", rows=tuple(rows), first=True))
        self._preset_asked = True
        if chosen is _NO_PRESET:
            return ""
        preset: Preset = chosen
        self._preset = preset
        self._answers = {k: v for k, v in preset.answers.items() if k not in self._given}
        return preset.title

    def _next(self, filled: Filled) -> tuple[Asked, ...]:
        """The questions of the next screen: one, or as many as are answered with yes or no."""
        for at, question in enumerate(filled.asked):
            if self._is_open(question):
                switches = takewhile(
                    lambda other: other.kind == "switch" and self._is_open(other), filled.asked[at:]
                )
                return tuple(switches) or (question,)
        whole = self._questionnaire.fill(filled.answers, {}, {})  # a rule may look at later answers
        return tuple(question for question in whole.asked if question.refused)[:1]

    def _is_open(self, question: Asked) -> bool:
        if question.kind == "resources":
            return False
        if question.name == self._changing or question.refused:
            return True
        if question.answered or question.name in self._reviewed:
            return False
        return (
            self._preset is None
            or bool(self._reviewed)
            or question.required
            or (question.kind == "one" and self._off(question.name) is None)
        )

    def _off(self, name: str) -> Any:
        """The answer that leaves a feature out."""
        return self._questions[name].off if name in self._questions else None

    def _ask(self, step: tuple[Asked, ...], filled: Filled) -> str:
        """Ask, and say in words what was answered."""
        note, above = self._notes(step), self._above(filled)
        offered = [self._offered(question) for question in step]
        if len(step) > 1:
            switches = form_of_switches(step, offered, note, above)
            ticked = self._show(replace(switches, first=self._is_first()))
            values = {question.name: question.name in ticked for question in step}
        else:
            form = replace(form_of(step[0], offered[0], note, above), first=self._is_first())
            values = {step[0].name: self._answer_to(step[0].name, form, filled)}
        for name in values:
            self._given.pop(name, None)
            self._before.pop(name, None)
        self._answers |= values
        self._steps.append(tuple(values))
        self._changing = self._note = ""
        return ", ".join(f"{q.title}: {q.words(values[q.name])}" for q in step)

    def _answer_to(self, name: str, form: Form, filled: Filled) -> Any:
        advised = with_advice(name, form)
        if not advised:
            return self._show(form)
        known = {question.name: question.value for question in filled.asked if question.answered}
        framework, features = ask_framework(advised, known, self._show)
        for feature, answer in features.items():
            question = self._questions.get(feature)
            if question and question.is_switch:
                self._defaults[feature] = answer
            elif question and answer in question.choices:
                self._advised[feature] = answer
        return framework

    def _offered(self, question: Asked) -> Asked:
        """The question with the answer to begin with."""
        if not question.answered and question.name in self._before:
            return self._before[question.name]
        if question.answered or question.name not in self._advised:
            return question
        return replace(question, value=self._advised[question.name])

    def _notes(self, step: Sequence[Asked]) -> str:
        refused = (f"{question.title}: {question.refused}" for question in step if question.refused)
        return " ".join(filter(None, (self._note, *refused)))

    def _above(self, filled: Filled) -> tuple[str, ...]:
        """What was answered so far."""
        answered = {name for step in self._steps for name in step}
        lines = [(q.title, q.shown) for q in filled.asked if q.name in answered]
        if self._preset:
            lines.insert(0, ("Start with", self._preset.title))
        width = max((len(title) for title, _ in lines), default=0)
        return tuple(f"{title:<{width}}  {value}" for title, value in lines)

    def _review(self, filled: Filled) -> bool:
        """Show all answers; whether the user agrees."""
        if not self._steps and not self._reviewed:
            reject_hidden(self._request, self._given, filled.hidden)
        unused = [name for name in self._given if name in filled.hidden]
        told = [f"{flag_of(n)}: {filled.hidden[n]} does not go with these answers." for n in unused]
        self._answers = {**self._given, **self._answers}  # from here on each can be changed
        self._given = {}
        self._reviewed = set(filled.answers)
        width = max((len(question.title) for question in filled.asked), default=0)
        rows = [Row("Create the project", _CREATE)]
        rows += [Row(f"{q.title:<{width}}  {q.shown}", q.name, q.explanation) for q in filled.asked]
        rows.append(Row("Cancel", _CANCEL, "Nothing is created."))
        chosen = self._show(
            Choose(
                title="Your answers",
                explanation="Choose one to change it.",
                note=" ".join(filter(None, (self._note, *told))),
                rows=tuple(rows),
                first=self._is_first(),
            )
        )
        if chosen is _CANCEL:
            raise Interrupted("cancelled; nothing was created")
        is_resources = any(q.name == chosen and q.kind == "resources" for q in filled.asked)
        self._note = _RESOURCES if is_resources else ""
        self._changing = "" if chosen is _CREATE or is_resources else chosen
        return chosen is _CREATE

    def _is_first(self) -> bool:
        """Whether nothing was shown that the user could go back to."""
        return not (self._changing or self._steps or self._preset_asked)

    def _go_back(self, filled: Filled) -> None:
        """To the question before; from a change in the review, to the review."""
        self._note = ""
        if self._changing:
            self._changing = ""
        elif self._steps:
            answered = {question.name: question for question in filled.asked}
            for name in self._steps.pop():
                self._answers.pop(name, None)
                self._reviewed.discard(name)
                if name in answered:
                    self._before[name] = answered[name]
        elif self._preset_asked:
            self._forget()

    def _tell_dropped(self, cause: str, before: Filled, after: Filled) -> None:
        """Say which answers of the user have no place any more."""
        kept = {**self._given, **self._answers}
        dropped = []
        for question in before.asked:
            old = question if question.name in kept else self._before.get(question.name)
            if old is None or question.name not in after.hidden:
                continue
            self._answers.pop(question.name, None)
            self._before[question.name] = old
            if cause and old.value != self._off(question.name):
                dropped.append(f"{old.title}: {old.shown}")
        if dropped:
            self._note = f"{cause} drops {', '.join(dropped)}."
