"""Contract, "Resources": written once, and held against any resource on both frameworks.

Each request goes to both services. Their answers have to be the same byte for byte, ids included.
"""

import json
import re
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from itertools import product, zip_longest
from typing import Any

import pytest

from tests.contract import expect
from tests.contract.test_parity import ordered
from tests.support import resource_rules as support
from tests.support.bootstrap import Hashes
from tests.support.combinations import (
    AUTHS,
    CONTRACT_STRENGTH,
    FRAMEWORKS,
    STORES,
    Combination,
)
from tests.support.databases import fresh_database, query
from tests.support.pairs import Pair
from tests.support.projects import Projects, migrate
from tests.support.resource_rules import NUMBERS, TIMES, Field, Resource, Rows, number
from tests.support.services import Service
from tests.support.starter import Starter
from tests.support.users import new_email, register
from tests.support.waiting import while_another_changes

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
MISSING = 987_654_321
# Every database, and at night each with and without sign-in. A resource without an owner stands in all.
PLACES = [("sqlite", "none"), ("postgresql", "jwt"), ("mysql", "jwt")]
if CONTRACT_STRENGTH > 2:
    PLACES = list(product(STORES, AUTHS))
NAMES = [str(entry["name"]) for entry in (*support.first(), *support.MADE) if "name" in entry]


def as_parameters(places: list[tuple[str, str]]) -> list[Any]:
    """Places, each with its services in one process of the tests."""
    return [
        pytest.param(place, id="-".join(place), marks=pytest.mark.xdist_group(f"resources-{place}"))
        for place in places
    ]


# SQLite has one writer at a time.
with_several_writers = pytest.mark.parametrize(
    "place", as_parameters([place for place in PLACES if place[0] != "sqlite"]), indirect=True
)
with_sign_in = pytest.mark.parametrize(
    "place", as_parameters([place for place in PLACES if place[1] != "none"]), indirect=True
)


@pytest.fixture(scope="module", params=as_parameters(PLACES))
def place(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A database and how users sign in."""
    found: tuple[str, str] = request.param
    return found


@pytest.fixture(scope="module")
def made(place: tuple[str, str]) -> dict[str, Resource]:
    """The resources of the services."""
    return support.resources(support.entries(place[1]), place[1])


@pytest.fixture(scope="module")
def pair(
    place: tuple[str, str], projects: Projects, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    """A service of each framework with all resources, and somebody who is signed in."""
    database, auth = place
    secret = secrets.token_hex(32)
    with ExitStack() as stack:
        services = []
        for framework in FRAMEWORKS:
            folder = tmp_path_factory.mktemp(f"{framework}-{database}-{auth}")
            combination = Combination(framework, database, auth)
            project = projects.with_resources(combination, support.entries(auth))
            url = stack.enter_context(fresh_database(database, folder))
            settings = {"DATABASE_URL": url or ""}
            if auth == "jwt":
                settings |= {"JWT_SECRET": secret, "PYTHONPATH": Hashes(folder).pythonpath}
            migrate(project, **settings)
            starter = Starter(project, settings.get("PYTHONPATH"))
            service = Service(project, folder, settings, starter=starter)
            services.append(stack.enter_context(service))
        pair = Pair(tuple(services), (None,) * len(services))
        yield sign_up(pair) if auth == "jwt" else pair


@pytest.fixture(scope="module")
def other(pair: Pair) -> Pair:
    """The services in the hands of another user."""
    return sign_up(pair)


@pytest.fixture(params=NAMES)
def resource(request: pytest.FixtureRequest, made: dict[str, Resource]) -> Resource:
    """One resource after the other."""
    return made[request.param]


def sign_up(pair: Pair) -> Pair:
    """Register somebody at both services."""
    email = new_email()
    sessions = [register(service.client, email).sign_in() for service in pair.services]
    return pair.signed_in(*(session.access_token for session in sessions))


@pytest.fixture
def rows(pair: Pair, made: dict[str, Resource]) -> Rows:
    return Rows(made, pair.post)


def path_of(resource: Resource, row: dict[str, Any]) -> str:
    return f"{resource.path}/{row['id']}"


def listed(pair: Pair, resource: Resource, **query: Any) -> list[dict[str, Any]]:
    """The rows of one page."""
    content = expect.ok(pair.get(resource.path, **query))
    assert list(content) == [resource.name, "next_cursor"]
    found: list[dict[str, Any]] = content[resource.name]
    return found


def text(value: object) -> str:
    """JSON of a value, in which 0.0 is not -0.0 and 1 not True."""
    return json.dumps(value, sort_keys=True)


def test_a_row_has_every_field_and_its_defaults(pair: Pair, rows: Rows, resource: Resource) -> None:
    body = rows.least(resource)
    answer = pair.post(resource.path, body)
    row = expect.ok(answer, 201)
    assert list(row) == resource.members
    assert answer.headers["location"] == path_of(resource, row)
    for field in resource.fields:
        kept = body[field.name] if field.required else field.kept_default
        assert text(row[field.name]) == text(kept), field.name
    assert TIMESTAMP.fullmatch(row["created_at"])
    assert row["created_at"] == row["updated_at"]
    assert expect.ok(pair.get(path_of(resource, row))) == row


def test_good_values_are_kept_as_they_are(pair: Pair, rows: Rows, resource: Resource) -> None:
    patched = path_of(resource, rows.create(resource))
    changing = [field for field in resource.fields if field.good]
    for pairs in zip_longest(*(field.good for field in changing)):
        given = {f.name: p for f, p in zip(changing, pairs, strict=True) if p is not None}
        sent = {name: value for name, (value, _) in given.items()}
        row = expect.ok(pair.post(resource.path, rows.body(resource, **sent)), 201)
        read = expect.ok(pair.get(path_of(resource, row)))
        unique = [f.name for f in changing if f.unique]
        again = {name: value for name, value in sent.items() if name not in unique}
        changed = expect.ok(pair.patch(patched, again))
        for name, (_, kept) in given.items():
            assert text(row[name]) == text(read[name]) == text(kept), name
            assert name in unique or text(changed[name]) == text(kept), name
        assert expect.ok(pair.get(patched)) == changed


def test_bad_values_are_named(pair: Pair, rows: Rows, resource: Resource) -> None:
    row = rows.create(resource)
    for values in zip_longest(*(field.bad for field in resource.fields), fillvalue=...):
        bad = {f.name: v for f, v in zip(resource.fields, values, strict=True) if v is not ...}
        for answer, instance in (
            (pair.post(resource.path, rows.body(resource, **bad)), resource.path),
            (pair.patch(path_of(resource, row), bad), path_of(resource, row)),
        ):
            errors = expect.invalid(answer, instance=instance)
            named = [error["loc"] for error in errors]
            assert named == [["body", name] for name in bad], list(zip_longest(named, bad.items()))
    assert expect.ok(pair.get(path_of(resource, row))) == row


NO_VALUES = {
    "nan": "NaN",
    "infinity": "Infinity",
    "minus-infinity": "-Infinity",
    "overflow": "1e999",
    "digits": "9" * 5000,
    "surrogate": '"\\ud800"',
}


@pytest.mark.parametrize("wrong", NO_VALUES.values(), ids=NO_VALUES)
def test_what_is_no_json_value_of_a_database_is_named(
    pair: Pair, rows: Rows, resource: Resource, wrong: str
) -> None:
    body = json.dumps(rows.body(resource))
    for field in resource.fields:
        value = body.replace(f'"{field.name}":', f'"{field.name}": {wrong}, "_":', 1)
        answer = pair.ask(
            "POST",
            resource.path,
            content=value.encode(),
            headers={"Content-Type": "application/json"},
        )
        expect.invalid(answer, instance=resource.path)


def test_a_missing_member_is_named(pair: Pair, rows: Rows, resource: Resource) -> None:
    answer = pair.post(resource.path, {})
    errors = expect.invalid(answer, instance=resource.path)
    assert [(error["loc"], error["type"]) for error in errors] == [
        (["body", field.name], "missing") for field in resource.fields if field.required
    ]


def test_null_clears_what_is_optional(pair: Pair, rows: Rows, resource: Resource) -> None:
    nothing = {field.name: None for field in resource.fields if field.optional}
    row = rows.create(resource)
    changed = expect.ok(pair.patch(path_of(resource, row), nothing))
    assert changed == row | nothing | {"updated_at": changed["updated_at"]}
    assert expect.ok(pair.get(path_of(resource, row))) == changed
    created = expect.ok(pair.post(resource.path, rows.body(resource, **nothing)), 201)
    assert {name: created[name] for name in nothing} == nothing


def test_patch_changes_only_what_is_sent(pair: Pair, rows: Rows, resource: Resource) -> None:
    row = rows.create(resource)
    path = path_of(resource, row)
    values = rows.body(resource)
    for field in resource.fields:
        value = values[field.name]
        changed = expect.ok(pair.patch(path, {field.name: value}))
        same = text(row[field.name]) == text(value)
        assert changed == row | {field.name: value, "updated_at": changed["updated_at"]}
        assert same or changed["updated_at"] > row["updated_at"]
        row = changed
    for nothing in ({}, {"colour": "red"}, {"id": 7, "created_at": "2000-01-01T00:00:00Z"}):
        assert expect.ok(pair.patch(path, nothing)) == row
    assert expect.ok(pair.get(path)) == row


def test_a_body_sets_nothing_but_fields(pair: Pair, rows: Rows, resource: Resource) -> None:
    own = {"id": MISSING, "created_at": "2000-01-01T00:00:00Z", "owner_id": 1, "owner": 1, "x": {}}
    row = expect.ok(pair.post(resource.path, rows.body(resource) | own), 201)
    assert list(row) == resource.members
    assert row["id"] != MISSING
    assert not row["created_at"].startswith("2000")


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"text"', b"{", b'{"id": 1,}'])
def test_what_is_no_object_is_named(
    pair: Pair, rows: Rows, resource: Resource, body: bytes
) -> None:
    row = rows.create(resource)
    headers = {"Content-Type": "application/json"}
    for method, path in (("POST", resource.path), ("PATCH", path_of(resource, row))):
        answer = pair.ask(method, path, content=body, headers=headers)
        assert expect.invalid(answer, instance=path)[0]["loc"][0] == "body"


def test_an_absent_row_is_a_404_problem(pair: Pair, rows: Rows, resource: Resource) -> None:
    for absent in (0, MISSING, 2**31, 2**63 - 1, 2**63, 10**100, -1):
        path = f"{resource.path}/{absent}"
        for method in ("GET", "PATCH", "DELETE"):
            answer = pair.ask(method, path, **({"json": {}} if method == "PATCH" else {}))
            expect.problem(answer, 404, instance=path, detail=resource.not_found)


def test_an_id_that_is_no_integer_is_named(pair: Pair, resource: Resource) -> None:
    for wrong in ("abc", "1.5", "1e3", "null", "0x1"):
        answer = pair.get(f"{resource.path}/{wrong}")
        expect.invalid(
            answer,
            instance=f"{resource.path}/{wrong}",
            loc=["path", f"{resource.singular}_id"],
        )


def test_a_deleted_row_is_gone(pair: Pair, rows: Rows, resource: Resource) -> None:
    row = rows.create(resource)
    path = path_of(resource, row)
    answer = pair.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    expect.secured(answer)
    for method in ("GET", "PATCH", "DELETE"):
        again = pair.ask(method, path, **({"json": {}} if method == "PATCH" else {}))
        expect.problem(again, 404, instance=path, detail=resource.not_found)
    assert row["id"] not in [found["id"] for found in listed(pair, resource, limit=100)]


def test_ids_of_64_bits_are_found(pair: Pair, rows: Rows, resource: Resource) -> None:
    row = rows.create(resource)
    large = 2**40 + row["id"]
    for service in pair.services:
        url = service.settings["DATABASE_URL"]
        query(url, f"UPDATE {resource.name} SET id = {large} WHERE id = {row['id']}")  # noqa: S608
    row["id"] = large
    assert expect.ok(pair.get(path_of(resource, row))) == row
    assert listed(pair, resource, limit=1)[0] == row
    assert pair.delete(path_of(resource, row)).status_code == 204


def test_pages_go_from_the_newest_to_the_oldest(
    pair: Pair, rows: Rows, resource: Resource, made: dict[str, Resource]
) -> None:
    created = [rows.create(resource) for _ in range(5)][::-1]
    found = listed(pair, resource, limit=5)
    assert found == created
    content = expect.ok(pair.get(resource.path, limit=2))
    cursor = content["next_cursor"]
    newer = rows.create(resource)
    pair.delete(path_of(resource, created[1]))
    content = expect.ok(pair.get(resource.path, limit=2, cursor=cursor))
    assert content[resource.name] == created[2:4]
    assert listed(pair, resource, limit=1) == [newer]
    assert listed(pair, resource, limit=1, cursor=content["next_cursor"]) == created[4:]
    # A cursor belongs to its resource.
    for stranger in made.values():
        if stranger != resource:
            answer = pair.get(stranger.path, cursor=cursor)
            expect.invalid(answer, instance=stranger.path, loc=["query", "cursor"])
    for forged in ("", "x", cursor[:-1], cursor + "A", cursor.swapcase(), "\0"):
        answer = pair.get(resource.path, cursor=forged)
        expect.invalid(answer, instance=resource.path, loc=["query", "cursor"])


def test_wrong_queries_are_named(pair: Pair, resource: Resource) -> None:
    wrong = {name: field.bad_queries for field in resource.fields for name in field.filters}
    wrong["limit"] = ["", "0", "-1", "101", "abc", "1.5", "9" * 500]
    if resource.sought:
        wrong["keyword"] = ["\0"]
    for values in zip_longest(*wrong.values()):
        sent = {n: v for n, v in zip(wrong, values, strict=True) if v is not None}
        errors = expect.invalid(pair.get(resource.path, **sent), instance=resource.path)
        assert {str(error["loc"]) for error in errors} == {str(["query", name]) for name in sent}


BEYOND = ("-1", "-0", "9" * 25, "1e400", "0001-01-01T00:00:00+14:00", "0001-01-01", "a" * 300)


def test_a_filter_beyond_every_row_is_no_server_error(pair: Pair, resource: Resource) -> None:
    of_each_type = {field.type: field for field in resource.fields}
    for field in of_each_type.values():
        for name in field.filters:
            for value in BEYOND:
                assert pair.get(resource.path, **{name: value}).status_code in (200, 422), name


def test_exact_filters_find_exactly_this_value(pair: Pair, rows: Rows, resource: Resource) -> None:
    created = [rows.create(resource) for _ in range(3)]
    for field in resource.fields:
        if field.filters != [field.name]:
            assert field.name not in {f for other in resource.fields for f in other.filters}
            continue
        for row in created:
            value = row[field.name]
            sent = str(value).lower() if field.type == "bool" else value
            found = listed(pair, resource, limit=100, **{field.name: sent})
            assert row["id"] in [r["id"] for r in found], field.name
            assert all(r[field.name] == value for r in found), field.name


def near(word: str) -> list[str]:
    """Texts that some databases take for the same."""
    return [word.lower(), word.upper(), f" {word}", word[:-1], f"Ã{word[1:]}"]


def test_an_exact_text_is_neither_trimmed_nor_folded(
    pair: Pair, rows: Rows, resource: Resource
) -> None:
    fields = [field for field in resource.fields if field.type == "str" and field.size >= 6]
    for field in fields:
        word = f"Ae{number():x}x"
        for value in near(word) if field.unique else [*near(word), f"{word} "]:
            rows.create(resource, **{field.name: value})
        row = rows.create(resource, **{field.name: word})
        assert listed(pair, resource, **{field.name: word}) == [row], field.name


def test_bounds_of_numbers_are_inclusive(pair: Pair, rows: Rows, resource: Resource) -> None:
    created = [rows.create(resource) for _ in range(2)]
    mine = {row["id"] for row in created}

    def found(name: str, **query: Any) -> list[Any]:
        page = listed(pair, resource, limit=100, **query)
        return sorted({row[name] for row in page if row["id"] in mine}, key=float)

    for field in resource.fields:
        if field.type in NUMBERS:
            low, high = sorted((row[field.name] for row in created), key=float)
            least, most = f"min_{field.name}", f"max_{field.name}"
            both = sorted({low, high}, key=float)
            assert found(field.name, **{least: low, most: high}) == both
            assert found(field.name, **{least: high}) == [high]
            assert found(field.name, **{most: low}) == [low]
            if low != high:
                assert found(field.name, **{least: high, most: low}) == []


def test_bounds_of_times_are_exclusive(pair: Pair, rows: Rows, resource: Resource) -> None:
    fields = [field for field in resource.fields if field.type in TIMES]
    days = [
        {f.name: f"2031-05-{day:02}{'' if f.type == 'date' else 'T12:00:00Z'}" for f in fields}
        for day in (1, 2, 3)
    ]
    mine = [rows.create(resource, **values)["id"] for values in days]

    def found(**query: str) -> list[int]:
        page = listed(pair, resource, limit=100, **query)
        return sorted(row["id"] for row in page if row["id"] in mine)

    for field in fields:
        first, _, last = (day[field.name] for day in days)
        after, before = f"{field.name}_after", f"{field.name}_before"
        assert found(**{after: first}) == mine[1:]
        assert found(**{before: last}) == mine[:2]
        assert found(**{after: first, before: last}) == mine[1:2]
        assert found(**{after: last, before: first}) == []
        if field.type == "datetime":
            assert found(**{after: "2031-05-01T13:00:00+01:00"}) == mine[1:]


def test_a_keyword_is_sought_in_text_without_an_index(
    pair: Pair, rows: Rows, resource: Resource
) -> None:
    for field in resource.sought:
        word = f"Z%{number():x}"[: field.size]
        if len(word) < 3:
            continue
        row = rows.create(resource, **{field.name: word})
        assert listed(pair, resource, keyword=word.lower()) == [row], field.name
        assert listed(pair, resource, keyword=word.replace("%", "_")) == []


def test_filters_work_together(pair: Pair, rows: Rows, resource: Resource) -> None:
    row = rows.create(resource)
    sent: dict[str, Any] = {}
    for field in resource.fields:
        value = row[field.name]
        for name in field.filters:
            if field.type in TIMES:
                sent[name] = "0001-01-02" if name.endswith("_after") else "9999-12-30"
                sent[name] += "" if field.type == "date" else "T00:00:00Z"
            else:
                sent[name] = str(value).lower() if field.type == "bool" else value
    assert listed(pair, resource, **sent)[0] == row


def test_the_last_of_repeated_parameters_counts_and_unknown_ones_do_not(
    pair: Pair, resource: Resource
) -> None:
    answer = pair.ask("GET", f"{resource.path}?limit=abc&limit=1&colour=red&offset=9")
    assert len(expect.ok(answer)[resource.name]) <= 1


def uniques(resource: Resource) -> list[Field]:
    return [field for field in resource.fields if field.unique]


def test_the_same_unique_value_is_a_conflict(pair: Pair, rows: Rows, resource: Resource) -> None:
    first, second = rows.create(resource), rows.create(resource)
    for field in uniques(resource):
        taken = {field.name: first[field.name]}
        before = expect.ok(pair.get(path_of(resource, second)))
        for answer, instance in (
            (pair.post(resource.path, rows.body(resource) | taken), resource.path),
            (pair.patch(path_of(resource, second), taken), path_of(resource, second)),
        ):
            expect.problem(answer, 409, instance=instance, detail=resource.taken)
        assert expect.ok(pair.get(path_of(resource, second))) == before
        # A row does not clash with itself, and what was left is free.
        expect.ok(pair.patch(path_of(resource, first), taken))
        new = rows.body(resource)[field.name]
        expect.ok(pair.patch(path_of(resource, first), {field.name: new}))
        expect.ok(pair.patch(path_of(resource, second), taken))
        first = second
        second = rows.create(resource)


def test_nulls_and_texts_that_look_alike_are_not_the_same(
    pair: Pair, rows: Rows, resource: Resource, place: tuple[str, str]
) -> None:
    for field in uniques(resource):
        if field.optional:
            for _ in range(2):
                rows.create(resource, **{field.name: None})
        if field.type == "str":
            word = f"Ae{number():x}x"
            for value in (word, *near(word)):
                rows.create(resource, **{field.name: value})
            # MySQL and MariaDB pass over spaces at the end.
            status = 409 if place[0] == "mysql" else 201
            body = rows.body(resource, **{field.name: f"{word} "})
            assert pair.post(resource.path, body).status_code == status


def test_a_reference_to_nothing_is_named(
    pair: Pair, rows: Rows, resource: Resource, made: dict[str, Resource]
) -> None:
    row = rows.create(resource)
    for field in resource.references:
        target = made[field.argument]
        gone = rows.create(target)
        pair.delete(path_of(target, gone))
        for nothing in (gone["id"], MISSING, 2**63 - 1):
            for answer, instance in (
                (pair.post(resource.path, rows.body(resource, **{field.name: nothing})), None),
                (pair.patch(path_of(resource, row), {field.name: nothing}), row),
            ):
                path = path_of(resource, instance) if instance else resource.path
                assert expect.invalid(answer, instance=path) == [
                    {"loc": ["body", field.name], "msg": target.not_found, "type": "not_found"}
                ]
    assert expect.ok(pair.get(path_of(resource, row))) == row


def test_a_row_that_others_refer_to_stays(
    pair: Pair, rows: Rows, resource: Resource, made: dict[str, Resource]
) -> None:
    for field in resource.references:
        target = made[field.argument]
        referred = rows.create(target)
        row = rows.create(resource, **{field.name: referred["id"]})
        path = path_of(target, referred)
        expect.problem(pair.delete(path), 409, instance=path, detail=target.refers)
        assert expect.ok(pair.get(path)) == referred
        assert pair.delete(path_of(resource, row)).status_code == 204
        assert pair.delete(path).status_code == 204


@with_several_writers
def test_a_row_that_goes_at_the_same_moment_is_none(
    pair: Pair, rows: Rows, resource: Resource, made: dict[str, Resource]
) -> None:
    for field in resource.references:
        target = made[field.argument]
        gone = rows.create(target)["id"]
        row = rows.create(resource)
        body = rows.body(resource, **{field.name: gone})
        for place_, service in enumerate(pair.services):
            alone = pair.alone(place_)
            answer = while_another_changes(
                service,
                f"DELETE FROM {target.name} WHERE id = {gone}",  # noqa: S608
                partial(alone.post, resource.path, body),
            )
            assert expect.invalid(answer, instance=resource.path) == [
                {"loc": ["body", field.name], "msg": target.not_found, "type": "not_found"}
            ]
        gone = rows.create(target)["id"]
        path = path_of(resource, row)
        for place_, service in enumerate(pair.services):
            answer = while_another_changes(
                service,
                f"DELETE FROM {target.name} WHERE id = {gone}",  # noqa: S608
                partial(pair.alone(place_).patch, path, {field.name: gone}),
            )
            assert expect.invalid(answer, instance=path)[0]["loc"] == ["body", field.name]


@with_several_writers
def test_a_row_that_is_referred_to_at_the_same_moment_stays(
    pair: Pair, rows: Rows, resource: Resource, made: dict[str, Resource]
) -> None:
    for field in resource.references:
        target = made[field.argument]
        row, new = rows.create(resource), rows.create(target)
        path = path_of(target, new)
        for place_, service in enumerate(pair.services):
            answer = while_another_changes(
                service,
                f"UPDATE {resource.name} SET {field.name} = {new['id']} WHERE id = {row['id']}",  # noqa: S608
                partial(pair.alone(place_).delete, path),
            )
            expect.problem(answer, 409, instance=path, detail=target.refers)


# With users.


@with_sign_in
def test_who_is_not_signed_in_is_refused(
    pair: Pair, rows: Rows, resource: Resource, other: Pair
) -> None:
    row = rows.create(resource)
    path = path_of(resource, row)
    for nobody, headers in (
        (pair.signed_in(), {}),
        (pair.signed_in(), {"Authorization": "Bearer x.y.z"}),
        (pair.signed_in(), {"Authorization": "Basic eDp5"}),
    ):
        for method, target in (
            ("GET", resource.path),
            ("GET", f"{resource.path}?limit=0"),
            ("GET", path),
            ("GET", f"{resource.path}/{MISSING}"),
        ):
            answer = nobody.ask(method, target, headers=headers)
            if not resource.public_read:
                expect.problem(answer, 401, instance=target.partition("?")[0])
            elif target == path:
                assert expect.ok(answer) == row
            else:
                assert answer.status_code in (200, 404, 422)
        for method, target in (("POST", resource.path), ("PATCH", path), ("DELETE", path)):
            body: dict[str, Any] = {} if method == "DELETE" else {"json": {}}
            answer = nobody.ask(method, target, headers=headers, **body)
            expect.problem(answer, 401, instance=target)
    assert expect.ok(pair.get(path)) == row


@with_sign_in
def test_rows_are_seen_and_changed_by_whom_they_are_for(
    pair: Pair, rows: Rows, resource: Resource, other: Pair, made: dict[str, Resource]
) -> None:
    row = rows.create(resource)
    path = path_of(resource, row)
    sees = not resource.owned or resource.public_read
    answer = other.get(path)
    if sees:
        assert expect.ok(answer) == row
    else:
        expect.problem(answer, 404, instance=path, detail=resource.not_found)
    found = [r["id"] for r in listed(other, resource, limit=100)]
    assert (row["id"] in found) == sees
    for method in ("PATCH", "DELETE"):
        answer = other.ask(method, path, **({"json": {}} if method == "PATCH" else {}))
        if resource.owned:
            expect.problem(answer, 404, instance=path, detail=resource.not_found)
        else:
            assert answer.status_code == (200 if method == "PATCH" else 204)
    if resource.owned:
        assert expect.ok(pair.get(path)) == row


@with_sign_in
def test_unique_is_for_the_rows_of_one_user(
    pair: Pair, rows: Rows, resource: Resource, other: Pair, made: dict[str, Resource]
) -> None:
    row = rows.create(resource)
    for field in uniques(resource):
        body = Rows(made, other.post).body(resource, **{field.name: row[field.name]})
        answer = other.post(resource.path, body)
        if resource.owned:
            expect.ok(answer, 201)
        else:
            expect.problem(answer, 409, instance=resource.path, detail=resource.taken)


@with_sign_in
def test_a_reference_to_a_row_of_another_user_is_one_to_nothing(
    pair: Pair, rows: Rows, resource: Resource, other: Pair, made: dict[str, Resource]
) -> None:
    for field in resource.references:
        target = made[field.argument]
        theirs = Rows(made, other.post).create(target)
        answer = pair.post(resource.path, rows.body(resource, **{field.name: theirs["id"]}))
        if target.owned:
            assert expect.invalid(answer, instance=resource.path) == [
                {"loc": ["body", field.name], "msg": target.not_found, "type": "not_found"}
            ]
        else:
            expect.ok(answer, 201)


# Both together.


def test_both_document_the_same(pair: Pair, made: dict[str, Resource]) -> None:
    documents = [service.client.get("/openapi.json").json() for service in pair.services]
    assert ordered(documents[0]) == ordered(documents[1])
    paths = documents[0]["paths"]
    referred = {field.argument for other in made.values() for field in other.references}
    for resource in made.values():
        one, many = paths[f"{resource.path}/{{{resource.singular}_id}}"], paths[resource.path]
        operations = {
            many["post"]["operationId"]: f"create_{resource.singular}",
            many["get"]["operationId"]: f"list_{resource.name}",
            one["get"]["operationId"]: f"read_{resource.singular}",
            one["patch"]["operationId"]: f"update_{resource.singular}",
            one["delete"]["operationId"]: f"delete_{resource.singular}",
        }
        assert all(told == wanted for told, wanted in operations.items())
        parameters = {p["name"] for p in many["get"]["parameters"]}
        filters = {name for field in resource.fields for name in field.filters}
        keyword = {"keyword"} if resource.sought else set()
        assert parameters == filters | keyword | {"limit", "cursor"}
        clash = bool(uniques(resource))
        for operation, can in (
            (many["post"], clash),
            (one["patch"], clash),
            (one["delete"], resource.name in referred),
            (one["get"], False),
            (many["get"], False),
        ):
            assert ("409" in operation["responses"]) == can, operation["operationId"]
