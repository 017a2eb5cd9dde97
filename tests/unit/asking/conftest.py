"""A template with a question of each kind, opened once for all tests."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scaffold.template.copier_yml import parse_questions
from scaffold.template.questionnaire import Questionnaire, open_questionnaire
from scaffold.template.template import Template
from tests.cli.conftest import make_repository
from tests.unit.conftest import template_at

COPIER_YML = """
project_name:
  type: str
  default: my-service
  help: "Name: lower-case letters."
  validator: "{% if project_name != project_name.lower() or ' ' in project_name %}Use lower case.{% endif %}"
author: {type: str, default: "", help: Who owns it}
framework:
  type: str
  default: fastapi
  choices: {"FastAPI: fast": fastapi, "Flask: small": flask}
  help: "Framework: what it is written with."
database:
  type: str
  default: sqlite
  choices: {"SQLite: a file": sqlite, "PostgreSQL: a server": postgresql, "None: nothing": none}
  help: "Database: where {{ project_name }} keeps its data."
  validator: "{% if database == 'none' and auth | default('none') == 'jwt' %}Sign-in needs one.{% endif %}"
auth:
  type: str
  when: "{{ database != 'none' }}"
  default: none
  choices: {"None: open": none, "Passwords: closed": jwt}
  help: "Sign-in: how users sign in."
websockets: {type: bool, default: false, help: "WebSockets: rooms."}
ml:
  type: bool
  default: false
  help: "Predictions: of a model."
  validator: "{% if ml and framework == 'flask' %}Not with Flask.{% endif %}"
workers:
  type: int
  default: 2
  help: "Workers: how many."
  validator: "{% if workers < 1 %}At least one.{% endif %}"
tags: {type: str, multiselect: true, default: [b], choices: [a, b, c], help: "Tags: any."}
token: {type: str, default: unset, secret: true}
place: {type: path, default: here}
limits: {type: json, default: '{"cpu": 1}'}
resources:
  type: yaml
  when: "{{ database != 'none' }}"
  default: "- {name: items, singular: item, fields: ['a:int']}"
  help: "Resources: what clients read."
silent: {type: str, default: quiet, ask: false}
presets:
  type: yaml
  when: false
  default: |
    "API: for programs": {database: sqlite, auth: jwt}
    "Model server: for models": {database: none, ml: true}
    "Everything: all of it": all
"""


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    folder: Path = tmp_path_factory.mktemp("asking")
    repository = make_repository(folder / "template", {"copier.yml": COPIER_YML})
    return replace(template_at(repository), questions=parse_questions(COPIER_YML))


@pytest.fixture(scope="session")
def questionnaire(template: Template) -> Iterator[Questionnaire]:
    cache = os.environ.get("COPIER_CACHE_DIR")
    with open_questionnaire(template, "api") as opened:
        yield opened
    if cache is None:
        os.environ.pop("COPIER_CACHE_DIR", None)
