"""Which template the user means, and what the user answers to it. No I/O."""

from dataclasses import dataclass, field
from pathlib import Path

from scaffold.template.questions import Answers
from scaffold.template.resources import NewResource
from scaffold.template.template import Template


@dataclass(frozen=True)
class TemplateRequest:
    """A template, and answers to its questions."""

    dest: str = ""  # the folder's name answers project_name
    flags: Answers = field(default_factory=dict)
    data: tuple[str, ...] = ()
    resources: tuple[NewResource, ...] = ()  # beside the example of the template
    no_items: bool = False  # without that example
    data_file: Path | None = None
    template: str | None = None
    ref: str | None = None
    opened: Template | None = None  # where its questions had to be known before
