"""Resources as tests see them: what a field takes and refuses follows from its word alone."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID, uuid5

import yaml

from tests.support import questions

Entry = dict[str, Any]

OPTIONS = ("optional", "unique", "index")
ARGUMENTS = {"str": "100", "text": "1000", "decimal": "10.2"}
NUMBERS = ("int", "bigint", "float", "decimal")
TIMES = ("date", "datetime")
EXACT = ("str", "enum", "bool", "uuid", "ref")
# A character of four bytes in UTF-8: lengths count characters, and every database keeps them.
ROCKET = "\N{ROCKET}"
SPACE = UUID(int=0)

# What the commands of the manual make, a resource of every type and option, and awkward names.
ORDERS: Entry = {
    "name": "orders",
    "singular": "order",
    "fields": [
        "customer:str:100",
        "status:enum:new/paid",
        "total:decimal:10.2",
        "note:text:optional",
        "items:ref:items",
    ],
}
SAMPLES: Entry = {
    "name": "samples",
    "singular": "sample",
    "owner": False,
    "fields": [
        "code:str:20:unique",
        "title:str:255:index:default=untitled",
        "body:text:100000",
        "remark:text:1000:default=none.yet",
        "count:int",
        "step:int:index:default=-5",
        "serial:bigint:unique:optional",
        "total:bigint:default=0",
        "ratio:float",
        "share:float:optional:index",
        "weight:float:default=1.5",
        "cost:decimal:12.4",
        "paid:decimal:5.0:default=10",
        "fee:decimal:2.2:optional",
        "active:bool:default=true",
        "checked:bool:optional",
        "day:date",
        "due:date:optional:index",
        "since:date:default=2026-11-30",
        "seen_at:datetime",
        "ended_at:datetime:optional",
        "token:uuid:unique",
        "batch:uuid:optional:index",
        "payload:json",
        "extra:json:optional",
        "mood:enum:good/not-so.good/3rd_rate:default=not-so.good",
        "size:enum:s/m/l:optional:index",
        "parent:ref:items:optional",
    ],
}
# Everybody may read them. A path with hyphens, and fields with the names of types and of modules.
LINES: Entry = {
    "name": "order_lines",
    "singular": "order_line",
    "public_read": True,
    "fields": [
        "position:ref:orders",
        "sku:str:12:unique",
        "number:int:unique",
        "date:date:optional",
        "datetime:datetime:optional",
        "uuid:uuid:optional",
        "text:text:optional",
        "decimal:decimal:optional",
        "enum:enum:a/b:optional",
        "to:float:optional",
        "key:int:optional",
        "on:bool:optional",
        "any:str:optional",
    ],
}
MORE: Entry = {
    "field_of": "orders",
    "fields": ["shipped_at:datetime:optional", "priority:int:default=3:index"],
}
MADE: list[Entry] = [ORDERS, SAMPLES, LINES, MORE]


def first() -> list[Entry]:
    """The entries of a new project."""
    found: list[Entry] = yaml.safe_load(str(questions.QUESTIONS["resources"]["default"]))
    return found


def entries(auth: str) -> list[Entry]:
    """Those and more, as the commands would have written them."""
    mark = {"before_sign_in": True} if auth == "none" else {}
    return [*first(), *(entry | mark for entry in MADE)]


@dataclass(frozen=True)
class Field:
    """A field, read from its word."""

    name: str
    type: str
    argument: str
    options: frozenset[str]
    default: str | None

    @classmethod
    def parse(cls, word: str) -> "Field":
        name, kind, *parts = word.split(":")
        default = next(
            (p.removeprefix("default=") for p in parts if p.startswith("default=")), None
        )
        others = [part for part in parts if not part.startswith("default=")]
        argument = next((part for part in others if part not in OPTIONS), ARGUMENTS.get(kind, ""))
        return cls(name, kind, argument, frozenset(others) & set(OPTIONS), default)

    @property
    def optional(self) -> bool:
        return "optional" in self.options

    @property
    def unique(self) -> bool:
        return "unique" in self.options

    @property
    def required(self) -> bool:
        return not self.optional and self.default is None

    @property
    def size(self) -> int:
        """The most characters of a text."""
        return int(self.argument)

    @property
    def places(self) -> int:
        """The decimals of a decimal."""
        return int(self.argument.partition(".")[2])

    @property
    def largest(self) -> str:
        """The largest decimal."""
        digits = int(self.argument.partition(".")[0])
        return self.shown("9" * (digits - self.places) or "0", "9" * self.places)

    def shown(self, whole: str, decimals: str = "") -> str:
        """A decimal as an answer has it."""
        return f"{whole}.{decimals.ljust(self.places, '0')}" if self.places else whole

    @property
    def kept_default(self) -> Any:
        """What a row has where a client sent nothing."""
        if self.default is None:
            return None
        if self.type in ("int", "bigint"):
            return int(self.default)
        if self.type == "float":
            return float(self.default)
        if self.type == "bool":
            return self.default == "true"
        if self.type == "decimal":
            whole, _, decimals = self.default.partition(".")
            return self.shown(whole, decimals)
        return self.default

    def distinct(self, number: int) -> Any:
        """A value that no other number gives, as an answer has it."""
        match self.type:
            case "str" | "text":
                return f"{number:x}".rjust(min(self.size, 6), "x")
            case "int" | "bigint":
                return number
            case "float":
                return number + 0.5
            case "decimal":
                if self.largest.startswith("0."):
                    return self.shown("0", str(number % 9 + 1))
                return self.shown(str(number % 10))
            case "bool":
                return bool(number % 2)
            case "date":
                return f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}"
            case "datetime":
                return f"2026-01-{number % 28 + 1:02}T12:00:00.{number:06}Z"
            case "uuid":
                return str(uuid5(SPACE, str(number)))
            case "json":
                return {"number": number}
            case "enum":
                values = self.argument.split("/")
                return values[number % len(values)]
        raise AssertionError(f"nobody can say what a {self.type} is")

    @cached_property
    def good(self) -> list[tuple[Any, Any]]:
        """What a client may send at the bounds and in awkward forms, and what it gets."""
        return [(value, value) for value in self._same()] + self._converted()

    def _same(self) -> Sequence[Any]:
        match self.type:
            case "str" | "text":
                texts = [
                    ROCKET * self.size,
                    "Zażółć / 日本 / e\N{COMBINING ACUTE ACCENT}",
                    "'; DROP --",
                    '<b>"x"</b>',
                    "%_\\'`{{7}}",
                    " stays ",
                    "a\nb\tc",
                    "None",
                    "a" if self.type == "str" or not self.optional else "",
                ]
                return [text for text in texts if len(text) <= self.size]
            case "int":
                return [0, -(2**31), 2**31 - 1]
            case "bigint":
                return [0, -(2**63), 2**63 - 1, 2**53 + 1]
            case "float":
                return [
                    0.0,
                    -1.5,
                    0.1,
                    1e22,
                    1.7976931348623157e308,
                    -1.7976931348623157e308,
                    5e-324,
                ]
            case "bool":
                return [True, False]
            case "date":
                return ["0001-01-01", "9999-12-31", "2024-02-29", "1582-10-10"]
            case "uuid":
                return [str(UUID(int=0)), str(UUID(int=2**128 - 1))]
            case "json":
                return [
                    *({}, [], "", "text", True, False, [None], ROCKET),
                    [0, -1, 1.5, 2**63 - 1, 1e-7, 1e300],
                    {"a": {"b": [1, {"c": None}]}, "": "empty", "é": [[[]]], "$x.y": "'\"\\"},
                ]
            case "enum":
                return self.argument.split("/")
        return []

    def _converted(self) -> list[tuple[Any, Any]]:
        match self.type:
            case "decimal":
                least = self.shown("0", "1".rjust(self.places, "0")) if self.places else "1"
                pairs = [("0", "0"), (0, "0"), ("-0", "0"), (1, "1"), ("0001", "1"), ("1e0", "1")]
                fits = [pair for pair in pairs if float(pair[1]) <= float(self.largest)]
                kept = [(sent, self.shown(number)) for sent, number in fits]
                return [*kept, (least, least), (self.largest, self.largest)]
            case "datetime":
                return [
                    ("2026-11-30T12:00:00Z", "2026-11-30T12:00:00Z"),
                    ("2026-11-30t12:00:00.000000z", "2026-11-30T12:00:00Z"),
                    ("2026-11-30T12:00:00.123456Z", "2026-11-30T12:00:00.123456Z"),
                    ("2026-11-30T12:00:00.5+02:00", "2026-11-30T10:00:00.500000Z"),
                    ("2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00Z"),
                    ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"),
                    ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
                    ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
                ]
            case "uuid":
                text = str(uuid5(SPACE, "upper"))
                return [(text.upper(), text)]
        return []

    @cached_property
    def bad(self) -> list[Any]:
        """What a client may not send; each is one error at the field."""
        found: list[Any] = [[], {}, ["x"], {"x": 1}]
        if not self.optional:
            found.append(None)
        match self.type:
            case "str" | "text":
                found += ["a" * (self.size + 1), 1, True, "a\0"]
                if self.type == "str" or not self.optional:
                    found.append("")
            case "int":
                found += [2**31, -(2**31) - 1, 10**400, "5", "", True, 1.5, "1.0"]
            case "bigint":
                found += [2**63, -(2**63) - 1, 10**400, "5", "", False, 0.1]
            case "float":
                found += ["1.5", "", True, "nan", "inf", 10**400]
            case "decimal":
                over = str(int(self.largest.partition(".")[0]) + 1)
                found += ["", "abc", "-1", -1, over, int(over), "1e400", "1e999999999", "1,0"]
                found += ["0." + "0" * self.places + "1", "NaN", "sNaN", "Infinity", "-Infinity"]
                found += [10**400, True]
            case "bool":
                found += ["true", 1, 0, "", "yes", 1.0]
            case "date":
                found += ["2026-02-29", "2026-13-01", "0000-01-01", "10000-01-01", "", "today"]
                found += [0, 20261130, True, "2026-11-30T00:00:00", "2026-11-30T00:00:00Z"]
            case "datetime":
                found += [
                    "2026-11-30T12:00:00",
                    "2026-11-30",
                    "",
                    "now",
                    0,
                    1.5,
                    True,
                    "1764504000",
                ]
                found += ["2026-02-29T00:00:00Z", "2026-11-30T25:00:00Z", "0000-01-01T00:00:00Z"]
                # Instants of no year from 1 to 9999.
                found += ["0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"]
            case "uuid":
                found += ["", "x", "0" * 31, "g" * 32, 0, True]
            case "enum":
                values = self.argument.split("/")
                found += ["", "other", values[0].upper() + "X", f"{values[0]} ", 0, True]
            case "ref":
                found += ["1", "", True, 1.5, 2**63]
            case "json":
                found = [None] if not self.optional else []
                found += [0, 1.5, ["a\0"], {"\0": 1}, [2**63]]
        return found

    @property
    def bad_queries(self) -> list[str]:
        """What is 422 as a filter."""
        match self.type:
            case "int" | "bigint":
                return ["", "abc", "1.5", "\0", "9" * 500]
            case "float":
                return ["", "abc", "nan", "inf", "1,5"]
            case "decimal":
                return ["", "abc", "NaN", "Infinity", "1,5"]
            case "date" | "datetime":
                return ["", "today", "2026-02-29", "2026-13-01T00:00:00Z", "0"]
            case "bool":
                return ["", "maybe", "2"]
            case "uuid":
                return ["", "x"]
            case "enum":
                return ["", "other"]
            case "ref":
                return ["", "x", "1.5"]
        return ["\0", "a\0b"]

    @property
    def filters(self) -> list[str]:
        """The parameters of the list that belong to the field alone."""
        if self.type in EXACT:
            return [self.name]
        if self.type in NUMBERS:
            return [f"min_{self.name}", f"max_{self.name}"]
        if self.type in TIMES:
            return [f"{self.name}_after", f"{self.name}_before"]
        return []


@dataclass(frozen=True)
class Resource:
    """A resource with all of its fields."""

    name: str
    singular: str
    fields: tuple[Field, ...]
    owned: bool
    public_read: bool

    @property
    def path(self) -> str:
        return f"/api/v1/{self.name.replace('_', '-')}"

    @property
    def label(self) -> str:
        return self.singular.replace("_", " ")

    @property
    def not_found(self) -> str:
        return f"There is no {self.label} with this id."

    @property
    def taken(self) -> str:
        """What a clash of unique values is called."""
        names = " or ".join(f.name.replace("_", " ") for f in self.fields if f.unique)
        return f"Another {self.label} has the same {names}."

    @property
    def refers(self) -> str:
        """What stands in the way of a delete."""
        return f"Another row refers to this {self.label}."

    @property
    def references(self) -> list[Field]:
        return [field for field in self.fields if field.type == "ref"]

    @property
    def sought(self) -> list[Field]:
        """Where a keyword is sought; a `str` with an index is for equality."""
        return [
            field
            for field in self.fields
            if field.type == "text" or (field.type == "str" and "index" not in field.options)
        ]

    @property
    def members(self) -> list[str]:
        """The members of a row, in their order."""
        return ["id", *(field.name for field in self.fields), "created_at", "updated_at"]

    def __str__(self) -> str:
        return self.name


def resources(log: Sequence[Entry], auth: str) -> dict[str, Resource]:
    """The resources that a log of commands makes, by name."""
    found = {}
    for entry in log:
        if "name" in entry:
            name = entry["name"]
            words = [
                word
                for step in log
                if name in (step.get("name"), step.get("field_of"))
                for word in step["fields"]
            ]
            found[name] = Resource(
                name,
                entry["singular"],
                tuple(map(Field.parse, words)),
                auth == "jwt" and entry.get("owner", True),
                auth == "jwt" and entry.get("public_read", False),
            )
    return found


_numbers = itertools.count(1)


def number() -> int:
    """A number that no value was made of yet."""
    return next(_numbers)


@dataclass(frozen=True)
class Rows:
    """Makes bodies of resources, and rows for what they refer to."""

    made: Mapping[str, Resource]
    post: Callable[[str, dict[str, Any]], Any]

    def body(self, resource: Resource, **values: Any) -> dict[str, Any]:
        """A whole body with distinct values."""
        this = number()
        body = {}
        for field in resource.fields:
            if field.name in values:
                body[field.name] = values[field.name]
            elif field.type == "ref":
                body[field.name] = self.create(self.made[field.argument])["id"]
            else:
                body[field.name] = field.distinct(this)
        return body

    def least(self, resource: Resource) -> dict[str, Any]:
        """A body with no member that may be left out."""
        body = self.body(resource)
        return {field.name: body[field.name] for field in resource.fields if field.required}

    def create(self, resource: Resource, **values: Any) -> dict[str, Any]:
        """A new row."""
        answer = self.post(resource.path, self.body(resource, **values))
        assert answer.status_code == 201, answer.content
        row: dict[str, Any] = answer.json()
        return row
