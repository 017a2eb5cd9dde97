"""The error responses of a route, for the OpenAPI document."""

from typing import Any

from app.problems import Problem, title_of


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Document the error responses of a route."""
    return {status: {"model": Problem, "description": title_of(status)} for status in statuses}
