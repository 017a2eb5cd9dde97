"""Options of the command line that follow from a template's questions."""

import inspect
import shlex
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand
from typer.exceptions import TyperException
from typer.main import get_command

from scaffold.cli.terminal import is_interactive
from scaffold.errors import UsageError
from scaffold.template import snapshot
from scaffold.template.flags import flag
from scaffold.template.questions import Answers, Question, alternatives
from scaffold.template.request import TemplateRequest
from scaffold.template.template import Template

_KEY = "scaffold.flags"
_PREFIX = "answer_"  # no option of a command's own has such a name
_METAVARS = {"int": "NUMBER", "float": "NUMBER", "path": "PATH", "yaml": "YAML", "json": "JSON"}
# What `scaffold new` takes in place of a default.
_DERIVED = {"project_name": "the folder's if left out", "author": "git's user if left out"}


@dataclass
class Given:
    """What the flags of one command line say, and the template that they were read for."""

    options: list[Any]
    template: Template | None = None
    answers: Answers = field(default_factory=dict)


def given(context: typer.Context) -> Given:
    """What the flags of this run say."""
    found: Given = context.meta[_KEY]
    return found


class Command(TyperCommand):
    """A command with an option for each question of the template that it uses.

    Another template than the tool's own is opened before the options are read, and only if some
    option is not one of the command's own, or its help is wanted.
    """

    left_out: Collection[str] = ()
    asks = False  # whether it may ask in a terminal

    def get_params(self, ctx: Any) -> list[Any]:
        """The command's own parameters, and after its arguments those of the questions."""
        params = super().get_params(ctx)
        if _KEY not in ctx.meta:
            ctx.meta[_KEY] = Given(self._options(snapshot.questions()))
        place = sum(isinstance(param, TyperArgument) for param in params)
        return [*params[:place], *given(ctx).options, *params[place:]]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options, once it is known what the template asks."""
        if not ctx.resilient_parsing and (template := self._opened(ctx, args)):
            ctx.meta[_KEY] = Given(self._options(template.questions), template)
        try:
            rest = super().parse_args(ctx, args)
        except BaseException as error:
            ctx.close()  # Typer does so only once the command runs
            template = given(ctx).template
            if isinstance(error, TyperException) and template and template.given:
                words = f"scaffold {ctx.info_name} --help --template {shlex.quote(template.given)}"
                raise UsageError(
                    error.format_message(), f"`{words}` lists what there is"
                ) from error
            raise
        found = {o.name: ctx.params.pop(o.name, None) for o in given(ctx).options}
        given(ctx).answers = {
            name.removeprefix(_PREFIX): value for name, value in found.items() if value is not None
        }
        return rest

    def _opened(self, ctx: Any, args: list[str]) -> Template | None:
        """The template that the user names, where its questions matter."""
        ctx.meta[_KEY] = Given([])  # at first only the command's own options
        parser = self.make_parser(ctx)
        parser.ignore_unknown_options = True
        words = args[: args.index("--")] if "--" in args else args
        options, rest, _ = parser.parse_args(list(words))
        del ctx.meta[_KEY]
        unknown = any(str(word).startswith("--") for word in (*rest, options.get("dest")))
        request = TemplateRequest(template=options.get("template"), ref=options.get("ref"))
        if not (unknown or (options.get("help") and request.template)):
            return None

        from scaffold.git.environment import isolate_environment
        from scaffold.template import render, sources
        from scaffold.template.open_template import open_template

        if not request.ref and not sources.named_template(request):
            return None
        quiet = options.get("yes") or options.get("as_json") or not self.asks
        isolate_environment(prompts=not quiet and is_interactive())
        render.preload_copier()
        opened: Template = ctx.with_resource(open_template(request, ctx.obj))
        return opened

    def _options(self, questions: Mapping[str, Question]) -> list[Any]:
        return _options(q for name, q in questions.items() if name not in self.left_out)


def _options(questions: Iterable[Question]) -> list[Any]:
    """The options, as Typer makes them of a function's parameters."""
    asked = [question for question in questions if flag(question.name)]
    if not asked:
        return []

    def answer(**_: Any) -> None: ...

    answer.__signature__ = inspect.Signature(list(map(_parameter, asked)))  # type: ignore[attr-defined]
    program = typer.Typer(add_completion=False)
    program.command(add_help_option=False)(answer)
    return list(get_command(program).params)


def _parameter(question: Question) -> inspect.Parameter:
    names = str(flag(question.name))
    metavar = "LIST" if question.multiselect else _METAVARS.get(question.type)
    if question.is_switch:
        names += names.replace("--", "/--no-")
    option = typer.Option(None, names, metavar=metavar, help=_help(question))
    return inspect.Parameter(
        _PREFIX + question.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=option,
        annotation=(bool if question.is_switch else str) | None,
    )


def _help(question: Question) -> str:
    """The first sentence of a question, and what can be answered."""
    sentence = question.explanation.partition(". ")[0].removesuffix(".")
    choices = alternatives(question.choices) if question.choices else ""
    if question.multiselect:
        choices = f"a list of {choices}"
    told = ": ".join(filter(None, (sentence, choices)))
    whole = "; ".join(filter(None, (told, _DERIVED.get(question.name))))
    return whole and f"{whole}."
