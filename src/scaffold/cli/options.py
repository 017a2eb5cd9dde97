"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

from scaffold.template import snapshot
from scaffold.template.questions import alternatives

FEATURES = alternatives(snapshot.features())
Data = Annotated[
    list[str] | None,
    typer.Option("--data", metavar="KEY=VALUE", help="Answer any question; repeatable."),
]
DataFile = Annotated[
    Path | None,
    typer.Option("--data-file", metavar="FILE", help="Answers in YAML; flags and --data win."),
]
Project = Annotated[
    Path, typer.Option("--project", metavar="PATH", help="The project; this folder if left out.")
]
ProjectPath = Annotated[
    Path, typer.Argument(metavar="[PATH]", help="The project; this folder if left out.")
]
ProjectPaths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PATH", help="Projects; this folder if left out."),
]
ProjectTemplate = Annotated[
    str | None,
    typer.Option("--template", help="Read the template there, and record that place."),
]
NoInstall = Annotated[bool, typer.Option("--no-install", help="Leave uv.lock as it is.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen; write nothing.")]
Diff = Annotated[bool, typer.Option("--diff", help="Show every changed line too.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show where in the code an error comes from.")]
JsonNotAsking = Annotated[bool, typer.Option("--json", help="Print one JSON object; ask nothing.")]
OtherTemplate = Annotated[
    str | None,
    typer.Option("--template", help="Another template: a git URL, or a folder with one."),
]
Ref = Annotated[
    str | None, typer.Option("--ref", help="The template's version: a tag, branch or commit.")
]
