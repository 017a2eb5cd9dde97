"""Forms: their fields, what stands in them, and what is wrong with it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError

from app.pages.fields import Field
from app.pages.messages import MESSAGES, message_of

Model = TypeVar("Model", bound=BaseModel)
MEDIA_TYPE = "application/x-www-form-urlencoded"
MAX_FIELDS = 1000


class InvalidForm(ValueError):
    """A body that is no form, with what to tell the client."""


def parse_form(content_type: str, body: bytes) -> dict[str, str]:
    """Parse the body of a form; of a field that is sent twice the last value counts."""
    if content_type.partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise InvalidForm(f"The form is not {MEDIA_TYPE}.")
    if body.count(b"&") >= MAX_FIELDS:
        raise InvalidForm(f"Too many fields. Maximum number of fields is {MAX_FIELDS}.")
    try:
        text = body.decode()
        return dict(parse_qsl(text, keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError:
        raise InvalidForm("The form is not in UTF-8.") from None


@dataclass(frozen=True)
class Rules:
    """What a model says of a member."""

    may_be_null: bool
    max_length: int | None
    default: Any


@cache
def read_rules(model: type[BaseModel]) -> dict[str, Rules]:
    """Read the rules of all members; a schema takes longer than the rest of a form."""
    rules = {}
    for name, member in model.model_json_schema()["properties"].items():
        types = member.get("anyOf", [member])
        lengths = [each["maxLength"] for each in types if "maxLength" in each]
        info = model.model_fields[name]
        rules[name] = Rules(
            may_be_null={"type": "null"} in types,
            max_length=lengths[0] if lengths else None,
            default=None if info.is_required() else info.default,
        )
    return rules


@dataclass(frozen=True)
class Input:
    """A field as it stands in a form."""

    name: str
    label: str
    kind: str
    type: str
    value: str
    options: Sequence[tuple[str, str]]
    attributes: dict[str, str]
    is_required: bool
    error: str | None

    @property
    def checked(self) -> bool:
        """Whether a box is checked."""
        return self.value != ""


class Form:
    """A form of these fields: of a new row, with the defaults of the model, or of a row."""

    def __init__(self, fields: Sequence[Field], model: type[BaseModel], row: Any = None) -> None:
        self.fields = fields
        self._rules = read_rules(model)
        self._is_new = row is None
        self._texts = self._write(row)
        self.errors: dict[str, str] = {}
        self.error: str | None = None
        # Choices that only the database knows, by the names of their fields.
        self.options: dict[str, Sequence[tuple[str, str]]] = {}

    def __iter__(self) -> Iterator[Input]:
        focused = next((field for field in self.fields if field.name in self.errors), None)
        return (self._show(field, field is focused) for field in self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    @property
    def is_set(self) -> bool:
        """Whether something stands in it."""
        return any(self._texts.values())

    @property
    def is_blank(self) -> bool:
        """Whether it is as its fields are: nothing stands in it, is wrong, or is offered."""
        return not (self.is_set or self.errors or self.error or self.options)

    def validate(
        self, submitted: Mapping[str, str], model: type[Model], beside: Iterable[str] = ()
    ) -> Model | None:
        """Validate what was submitted, and members beside the fields; otherwise show the errors.

        What a row has already is left out, because a browser does not keep all of every value.
        """
        values: dict[str, Any] = {name: submitted[name] for name in beside if name in submitted}
        before, self._texts = self._texts, {}
        for field in self.fields:
            text = self._texts[field.name] = _normalize(field, submitted)
            if not self._is_new and text == before[field.name]:
                continue
            if field.name not in submitted and field.kind != "checkbox":
                continue
            if text or (field.reads_empty and not self._rules[field.name].may_be_null):
                try:
                    values[field.name] = field.read(text)
                except ValueError:
                    self.errors[field.name] = MESSAGES["json_invalid"]
            elif self._rules[field.name].may_be_null:
                values[field.name] = None
            else:
                self.errors[field.name] = MESSAGES["missing"]
        try:
            validated = model.model_validate(values)
        except ValidationError as error:
            self.add_errors(error.errors())
            return None
        return None if self.errors else validated

    def add_errors(self, errors: Iterable[Mapping[str, Any]]) -> None:
        """Show errors of Pydantic at the fields, and above the form those of other members."""
        names = {field.name for field in self.fields}
        for error in errors:
            name = str(error["loc"][0])
            if name in names:
                self.errors.setdefault(name, message_of(error))
            else:
                self.error = self.error or f"{name}: {message_of(error)}"

    def _write(self, row: Any) -> dict[str, str]:
        rules = self._rules
        return {
            field.name: field.write(
                rules[field.name].default if row is None else getattr(row, field.name)
            )
            for field in self.fields
        }

    def _show(self, field: Field, has_focus: bool) -> Input:
        rules, text = self._rules[field.name], self._texts[field.name]
        error = self.errors.get(field.name)
        options = self.options.get(field.name, field.options)
        is_required = not rules.may_be_null and field.kind != "checkbox"
        attributes = {"id": field.name, "name": field.name}
        if error:
            attributes |= {"aria-invalid": "true", "aria-describedby": f"{field.name}-error"}
        if has_focus:
            attributes["autofocus"] = ""
        if is_required:
            attributes["required"] = ""
        if rules.max_length and field.reads_empty:
            attributes["maxlength"] = str(rules.max_length)
        if field.kind == "select" and (rules.may_be_null or not text):
            options = [("", ""), *options]
        elif field.kind == "input" and options:
            attributes["list"] = f"{field.name}-options"
        return Input(
            name=field.name,
            label=field.label,
            kind=field.kind,
            type=field.type,
            value="" if field.type == "password" else text,
            options=options,
            attributes=attributes | field.attributes,
            is_required=is_required,
            error=error,
        )


def _normalize(field: Field, submitted: Mapping[str, str]) -> str:
    """Return the text of a field as it was typed: browsers send each end of a line as CRLF."""
    return submitted.get(field.name, "").replace("\r\n", "\n")
