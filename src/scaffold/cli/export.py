"""`scaffold export`: its options, and what it prints."""

from pathlib import Path
from typing import Annotated

import typer

from scaffold.cli.options import Debug, OtherTemplate, Ref
from scaffold.template.request import TemplateRequest


def backstage(
    context: typer.Context,
    template: OtherTemplate = None,
    ref: Ref = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write to a file instead.")
    ] = None,
    debug: Debug = False,
) -> int:
    """Print a Backstage Software Template that asks what the template asks."""
    from scaffold.export.backstage import export_template, write_document
    from scaffold.output.text import document

    request = TemplateRequest(template=template, ref=ref)
    exported = export_template(request, context.obj)
    if output:
        write_document(output, exported)
    document(exported, output)
    return 0
