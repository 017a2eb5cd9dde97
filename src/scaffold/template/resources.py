"""The answer to `resources`: what `scaffold generate` made, entry by entry. No I/O.

What a field may be is known to the template alone, whose rule judges the answer.
"""

import difflib
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scaffold.errors import UsageError
from scaffold.template.questions import Answers, Question, spoken
from scaffold.template.singular import singular_of

QUESTION = "resources"
_SIGN_IN = "auth"
_MARK = "before_sign_in"
_FORM = re.compile(r"[a-z0-9_]+:[a-z]+(:\S*)?")
_FORM_HINT = (
    "a field is NAME:TYPE[:ARGUMENT][:OPTION…], such as customer:str:100 or due:date:optional"
)

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class NewResource:
    """A resource to generate."""

    name: str
    singular: str
    fields: tuple[str, ...]
    owner: bool = True
    public_read: bool = False

    @property
    def entry(self) -> Entry:
        """The entry that makes it."""
        return {
            "name": self.name,
            "singular": self.singular,
            "fields": list(self.fields),
            **({} if self.owner else {"owner": False}),
            **({"public_read": True} if self.public_read else {}),
        }


@dataclass(frozen=True)
class NewFields:
    """Fields to add to a resource."""

    name: str
    fields: tuple[str, ...]

    @property
    def entry(self) -> Entry:
        """The entry that adds them."""
        return {"field_of": self.name, "fields": list(self.fields)}


New = NewResource | NewFields


def new_resource(
    name: str,
    fields: Sequence[str],
    *,
    singular: str | None = None,
    plural: str | None = None,
    owner: bool = True,
    public_read: bool = False,
) -> NewResource:
    """A resource as the command line describes it: NAME is the plural, unless the plural is given."""
    if singular is not None and plural is not None:
        raise UsageError(
            "--singular and --plural do not go together",
            "NAME is the plural with --singular, and the singular with --plural",
        )
    if plural is not None:
        name, singular = plural, name
    name = with_underscores(name)
    one = singular_of(name) if singular is None else with_underscores(singular)
    if not one or one == name:
        raise UsageError(
            f"the singular of {name!r} is not known: give --singular WORD, "
            "or --plural WORD where it is the singular"
        )
    return NewResource(name, one, tuple(fields), owner, public_read)


def new_fields(name: str, fields: Sequence[str]) -> NewFields:
    """Fields as the command line describes them."""
    return NewFields(with_underscores(name), tuple(fields))


def with_underscores(name: str) -> str:
    """A name as the answer has it, which may have hyphens on the command line."""
    return name.replace("-", "_")


def parse_resource(text: str) -> NewResource:
    """A resource as one word of the command line: what `scaffold generate resource` takes."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"--resource {text!r}: {error}") from error
    options: dict[str, Any] = {}
    plain = []
    rest = iter(words)
    for word in rest:
        option, equals, value = word.partition("=")
        if option in ("--singular", "--plural"):
            options[option[2:]] = value if equals else next(rest, "")
        elif word == "--no-owner":
            options["owner"] = False
        elif word == "--public-read":
            options["public_read"] = True
        elif word.startswith("-"):
            raise UsageError(
                f"--resource {text!r}: there is no option {word}",
                "it takes --singular WORD, --plural WORD, --no-owner and --public-read",
            )
        else:
            plain.append(word)
    if len(plain) < 2:
        raise UsageError(
            f"--resource {text!r} is not a name and its fields",
            "such as --resource 'orders customer:str:100 total:decimal'",
        )
    name, *fields = plain
    return new_resource(name, fields, **options)


def form_hint(words: Iterable[str]) -> str:
    """What a field looks like, where one of these words does not."""
    return "" if all(_FORM.fullmatch(word) for word in words) else _FORM_HINT


def entries_of(value: Any) -> list[Any]:
    """The entries of an answer, which may be YAML still; none where it is something else."""
    if isinstance(value, str):
        import yaml  # only here: help texts need none

        try:
            value = yaml.safe_load(value)
        except (ValueError, RecursionError, yaml.YAMLError):
            return []
    return list(value) if isinstance(value, list) else []


def names_of(entries: Iterable[Any]) -> list[str]:
    """The resources that these entries make."""
    return [
        str(entry["name"]) for entry in entries if isinstance(entry, Mapping) and "name" in entry
    ]


def spoken_answer(name: str, value: Any) -> str:
    """An answer as a person says it: of resources, which ones there are."""
    if name != QUESTION or not isinstance(value, list):
        return spoken(value)
    return ", ".join(names_of(value)) or "None"


def generate(entries: Sequence[Entry], new: Iterable[New]) -> list[Entry]:
    """The entries with those that are new, each of a resource that can have it."""
    result = list(entries)
    for each in new:
        known = names_of(result)
        if isinstance(each, NewFields):
            _check_known(each.name, known)
        elif each.name in known:
            raise UsageError(
                f"there is a resource {each.name} already",
                f"`scaffold generate field {each.name} …` adds fields to it",
            )
        result.append(each.entry)
    return result


def remove(entries: Sequence[Entry], names: Iterable[str]) -> list[Entry]:
    """The entries without those of some resources."""
    gone = {with_underscores(name) for name in names}
    for name in sorted(gone):
        _check_known(name, names_of(entries))
    return [entry for entry in entries if _resource_of(entry) not in gone]


def _check_known(name: str, known: Sequence[str]) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        there = f"there {'are' if len(known) > 1 else 'is'} {', '.join(known)}"
        hint = (
            f"did you mean {near[0]}?"
            if near
            else there
            if known
            else f"`scaffold generate resource {name} …` makes one"
        )
        raise UsageError(f"there is no resource {name}", hint)


def _resource_of(entry: Any) -> Any:
    if not isinstance(entry, Mapping):
        return None
    return entry.get("name", entry.get("field_of"))


def with_marks(answers: Answers, questions: Mapping[str, Question]) -> dict[str, Any]:
    """The answers, with each entry marked where nobody signs in.

    A sign-in that comes later then takes in what is there, and later entries are made for users at once.
    """
    sign_in = questions.get(_SIGN_IN)
    if QUESTION not in answers or not sign_in:
        return dict(answers)
    if answers.get(_SIGN_IN, sign_in.default) != sign_in.off:
        return dict(answers)
    entries = entries_of(answers[QUESTION])
    if all(isinstance(entry, Mapping) and entry.get(_MARK) is True for entry in entries):
        return dict(answers)
    marked = [{**entry, _MARK: True} if isinstance(entry, Mapping) else entry for entry in entries]
    return {**answers, QUESTION: marked}


def resource_options(answers: Answers, questions: Mapping[str, Question]) -> list[str] | None:
    """The options of `scaffold new` that give these entries; nothing where none do."""
    if not isinstance(answers[QUESTION], list):
        return None
    entries, example = list(answers[QUESTION]), entries_of(questions[QUESTION].default)
    keeps = entries[: len(example)] == example
    own = entries[len(example) :] if keeps else entries
    words = [] if keeps or not example else ["--no-items"]
    made: list[Entry] = list(example) if keeps else []
    for entry in own:
        try:
            text = _words(entry)
            made.append(parse_resource(text).entry)
        except (UsageError, KeyError, TypeError, AttributeError):
            return None
        words += ["--resource", text]
    again = with_marks({**answers, QUESTION: made}, questions)[QUESTION]
    return words if again == entries else None


def _words(entry: Entry) -> str:
    name, singular = entry["name"], entry["singular"]
    words = [name, *entry["fields"]]
    if singular != singular_of(name):
        words += ["--singular", singular]
    return shlex.join([*words, *_flags(entry)])


def _flags(entry: Entry) -> list[str]:
    """The options that say whose the rows are."""
    given = {
        "--no-owner": entry.get("owner") is False,
        "--public-read": entry.get("public_read") is True,
    }
    return [flag for flag, on in given.items() if on]


def changed_resources(before: Any, after: Any) -> str:
    """What an update does to the entries, in the words that `scaffold generate` takes."""
    old, new = (list(map(_said, entries_of(value))) for value in (before, after))
    gone = [f"- {words}" for words in old if words not in new]
    come = [f"+ {words}" for words in new if words not in old]
    return ", ".join([*gone, *come])


def _said(entry: Any) -> str:
    """An entry without what only the template has to know."""
    if not isinstance(entry, Mapping):
        return str(entry)
    fields = entry.get("fields")
    words = [_resource_of(entry), *(fields if isinstance(fields, list) else [])]
    return " ".join(map(str, [*words, *_flags(entry)]))
