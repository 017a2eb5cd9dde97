"""Errors as pages, where a browser asks for one."""

import logging
import re
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import Any, NamedTuple

from app.logging import request_id
from app.pages.rendering import PAGE_HEADERS, render
from app.problems import MEDIA_TYPE, detail_of, problem, title_of

# Programs alone use what is below these, so an error there is always a problem.
FOR_PROGRAMS = ("/api/", "/v2/", "/static/", "/ws/", "/docs/", "/openapi.json/")
VARY = {"Vary": "Accept"}

logger = logging.getLogger(__name__)


class Wanted(NamedTuple):
    """What a request to a page accepts, and the prefix that a proxy took from its path."""

    accept: str
    root_path: str


_wanted: ContextVar[Wanted | None] = ContextVar("wanted", default=None)


def note_request(accept: str, path: str, root_path: str) -> None:
    """Keep what an error needs to know of its request."""
    for_programs = f"{path}/".startswith(FOR_PROGRAMS)
    _wanted.set(None if for_programs else Wanted(accept, root_path))


def write_error(
    status: int, path: str, detail: str | None, errors: Iterable[Mapping[str, Any]]
) -> tuple[bytes, dict[str, str]]:
    """Write the body and the headers of an error, as a page or as a problem."""
    wanted = _wanted.get()
    if wanted and accepts_html(wanted.accept):
        try:
            return render_error(status, detail, wanted.root_path), PAGE_HEADERS | VARY
        except Exception:
            # The template may be what is wrong.
            logger.exception("the page of an error failed")
    headers = {"Content-Type": MEDIA_TYPE} | (VARY if wanted else {})
    return problem(status, path, detail, errors), headers


def accepts_html(accept: str) -> bool:
    """Return whether an Accept header names HTML; programs send `*/*` as well."""
    for media_range in accept.lower().split(","):
        name, *parameters = (part.strip() for part in media_range.split(";"))
        if name == "text/html":
            return not any(re.fullmatch(r"q=0(\.0*)?", parameter) for parameter in parameters)
    return False


def render_error(status: int, detail: str | None, root_path: str) -> bytes:
    """Write the page of an error."""
    page = render(
        "error.html",
        root=root_path,
        status=status,
        title=title_of(status),
        detail=detail or detail_of(status),
        request_id=request_id.get(),
    )
    return page.encode()
