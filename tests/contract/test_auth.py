"""Contract, "Auth": accounts, sign-in, who is signed in, and whose items are whose."""

import re
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unicodedata import normalize
from uuid import uuid4

import httpx
import jwt
import pytest

from tests.contract import expect
from tests.contract.conftest import NewUser, Start
from tests.support import environment
from tests.support.bootstrap import Hashes
from tests.support.combinations import (
    Combination,
    every_signed_in,
    every_signed_in_framework,
)
from tests.support.databases import query
from tests.support.services import Service
from tests.support.tokens import claims_of, header_of
from tests.support.users import AUTH, PASSWORD, WEAK_HASH, Session, new_email

REGISTER, TOKEN, ME = f"{AUTH}/register", f"{AUTH}/token", f"{AUTH}/me"
ITEMS = "/api/v1/items"
ITEM = {"name": "thing", "price": "1.00"}
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
ROCKET = "\N{ROCKET}"
# One password as most systems send it, as macOS does, and as somebody in Japan may; and a hash of the
# second form.
COMPOSED = "crème brûlée à la carte"
DECOMPOSED = normalize("NFD", COMPOSED)
FULL_WIDTH = COMPOSED.replace("la carte", "ｌａ\u3000ｃａｒｔｅ")  # noqa: RUF001
DECOMPOSED_HASH = (
    "$argon2id$v=19$m=8,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$/B0pummuCyuciwF/X+ucGplb+hx5JEcc9d7qH6lG6Vg"
)
# The least that OWASP recommends: 19 MiB and two passes.
LEAST_KIB, LEAST_PASSES = 19 * 1024, 2

BAD_EMAILS = [
    "",
    " ",
    "ann",
    "ann@",
    "@example.org",
    "ann@example",
    "ann@example..org",
    "ann@-example.org",
    "ann@exa mple.org",
    "an n@example.org",
    "ann@example.org,bob@example.org",
    "ann@bob@example.org",
    "ann\0@example.org",
    "ann\r\nBcc: bob@example.org",
    "ann@" + "a" * 64 + ".org",
    "a" * 64 + "@" + ".".join(["b" * 61, "c" * 61, "d" * 62]) + ".org",
    "a" * 100_000 + "@example.org",
    None,
    1,
    True,
    [],
    ["ann@example.org"],
    {"email": "ann@example.org"},
]
BAD_PASSWORDS = [
    ("", "string_too_short"),
    ("a" * 11, "string_too_short"),
    (ROCKET * 11, "string_too_short"),
    ("a" * 129, "string_too_long"),
    ("a" * 100_000, "string_too_long"),
    (None, "string_type"),
    (123456789012, "string_type"),
    (["correct horse battery staple"], "string_type"),
]
GOOD_PASSWORDS = [
    "a" * 12,
    "a" * 128,
    ROCKET * 128,
    "  spaces count  ",
    "pass+word&with=form%20signs",
    "é" * 12,
]


def problem_of(answer: expect.Answer) -> dict[str, Any]:
    """An answer without what is different in every answer."""
    content: dict[str, Any] = answer.json()
    return {name: value for name, value in content.items() if name != "request_id"}


def ids(answer: httpx.Response) -> list[int]:
    return [item["id"] for item in expect.ok(answer)["items"]]


def create(session: Session, **fields: object) -> dict[str, Any]:
    item: dict[str, Any] = expect.ok(session.ask("POST", ITEMS, json=ITEM | fields), 201)
    return item


@every_signed_in
def test_who_registers_is_told_their_account(stranger: httpx.Client) -> None:
    email = new_email()
    user = expect.ok(stranger.post(REGISTER, json={"email": email, "password": PASSWORD}), 201)
    assert list(user) == ["id", "email", "created_at"]
    assert isinstance(user["id"], int)
    assert user["email"] == email
    assert TIMESTAMP.fullmatch(user["created_at"])


@every_signed_in
def test_an_address_is_kept_in_lower_case_and_taken_in_any(
    stranger: httpx.Client, new_user: NewUser
) -> None:
    name = uuid4().hex
    email = f"Ann.{name}+Shop@Sub.EXAMPLE.org"
    user = new_user(email=email)
    assert expect.ok(user.sign_in().me())["email"] == email.lower()
    for same in (email, email.lower(), email.upper()):
        assert user.send_credentials(username=same).status_code == 200
        answer = stranger.post(REGISTER, json={"email": same, "password": PASSWORD})
        expect.problem(answer, 409, instance=REGISTER)


@every_signed_in_framework
@pytest.mark.parametrize("email", BAD_EMAILS, ids=lambda value: repr(value)[:40])
def test_what_is_no_address_is_refused(stranger: httpx.Client, email: object) -> None:
    answer = stranger.post(REGISTER, json={"email": email, "password": PASSWORD})
    expect.invalid(answer, instance=REGISTER, loc=["body", "email"])


@every_signed_in_framework
@pytest.mark.parametrize(("password", "kind"), BAD_PASSWORDS, ids=lambda value: repr(value)[:40])
def test_a_password_has_12_to_128_characters(
    stranger: httpx.Client, password: object, kind: str
) -> None:
    answer = stranger.post(REGISTER, json={"email": new_email(), "password": password})
    expect.invalid(answer, instance=REGISTER, loc=["body", "password"], kind=kind)


@every_signed_in_framework
@pytest.mark.parametrize("password", GOOD_PASSWORDS, ids=lambda value: repr(value)[:20])
def test_a_password_counts_to_its_last_character(new_user: NewUser, password: str) -> None:
    user = new_user(password=password)
    user.sign_in()
    for other in (password[:-1], password + "x", password.swapcase() + "x", password.strip() + "x"):
        answer = user.send_credentials(other)
        expect.problem(answer, 401, instance=TOKEN, detail=expect.WRONG_CREDENTIALS)


@every_signed_in
def test_a_longest_address_is_kept_whole(stranger: httpx.Client, new_user: NewUser) -> None:
    domain = ".".join(["b" * 61, "c" * 61, "d" * 61])
    email = f"{uuid4().hex * 2}@{domain}.org"
    assert len(email) == 254
    assert expect.ok(new_user(email=email).sign_in().me())["email"] == email


@every_signed_in_framework
@pytest.mark.parametrize(
    ("body", "missing"),
    [
        ({}, [["body", "email"], ["body", "password"]]),
        ({"email": "ann@example.org"}, [["body", "password"]]),
        ({"password": PASSWORD}, [["body", "email"]]),
    ],
)
def test_what_is_missing_from_a_registration_is_named(
    stranger: httpx.Client, body: dict[str, str], missing: list[list[str]]
) -> None:
    errors = expect.invalid(stranger.post(REGISTER, json=body), instance=REGISTER)
    assert [(error["loc"], error["type"]) for error in errors] == [(m, "missing") for m in missing]


@every_signed_in
def test_of_many_who_want_an_address_at_once_one_gets_it(stranger: httpx.Client) -> None:
    body = {"email": new_email(), "password": PASSWORD}
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: stranger.post(REGISTER, json=body), range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 5]
    for answer in answers:
        if answer.status_code == 409:
            expect.problem(answer, 409, instance=REGISTER)


@every_signed_in
def test_a_sign_in_gives_two_tokens_that_no_cache_keeps(new_user: NewUser) -> None:
    answer = new_user().send_credentials()
    pair = expect.ok(answer)
    assert list(pair) == ["access_token", "refresh_token", "token_type", "expires_in"]
    assert (pair["token_type"], pair["expires_in"]) == ("bearer", 900)
    assert answer.headers["cache-control"] == "no-store"


@every_signed_in
def test_a_token_says_what_the_contract_lists_and_nothing_more(
    new_user: NewUser, database: dict[str, str]
) -> None:
    user = new_user()
    session = user.sign_in()
    before = int(time.time())
    read = {}
    for kind, token in (("access", session.access_token), ("refresh", session.refresh_token)):
        header = header_of(token)
        assert header["alg"] == "HS256"
        assert set(header) == {"alg", "kid", "typ"}
        claims = jwt.decode(token, database["JWT_SECRET"], algorithms=["HS256"])
        assert set(claims) == {"sub", "type", "jti", "fam", "fresh", "iat", "nbf", "exp"}
        assert (claims["sub"], claims["type"]) == (str(user.id), kind)
        assert abs(claims["iat"] - before) < 60
        assert claims["nbf"] == claims["iat"]
        read[kind] = claims
    access, refresh = read["access"], read["refresh"]
    assert access["exp"] - access["iat"] == 15 * 60
    assert refresh["exp"] - refresh["iat"] == 30 * 24 * 60 * 60
    assert access["fam"] == refresh["fam"]
    assert access["jti"] != refresh["jti"]
    assert (access["fresh"], refresh["fresh"]) == (True, False)


@pytest.fixture(scope="session")
def set_up(start_shared: Start) -> Service:
    """A service with settings that have nothing to do with one another."""
    return start_shared(
        ACCESS_TOKEN_MINUTES="1", REFRESH_TOKEN_DAYS="2", CORS_ORIGINS="https://a.example"
    )


@every_signed_in_framework
def test_how_long_tokens_live_is_a_setting(set_up: Service, new_user: NewUser) -> None:
    user = new_user(set_up)
    pair = expect.ok(user.send_credentials())
    assert pair["expires_in"] == 60
    access, refresh = claims_of(pair["access_token"]), claims_of(pair["refresh_token"])
    assert access["exp"] - access["iat"] == 60
    assert refresh["exp"] - refresh["iat"] == 2 * 24 * 60 * 60


@every_signed_in
def test_a_wrong_address_and_a_wrong_password_get_the_same_answer(new_user: NewUser) -> None:
    user = new_user()
    answers = [
        user.send_credentials("wrong horse battery staple"),
        user.send_credentials(username=new_email()),
        user.send_credentials(username="no address at all"),
        user.send_credentials(username=f"{user.email}\0"),
        user.send_credentials(username="' OR '1'='1"),
        user.send_credentials("x"),
        user.send_credentials("x" * 1000),
    ]
    for answer in answers:
        expect.problem(answer, 401, instance=TOKEN, detail=expect.WRONG_CREDENTIALS)
        assert problem_of(answer) == problem_of(answers[0])
        own = {"date", "ratelimit", "x-request-id"}
        assert {k: v for k, v in answer.headers.items() if k not in own} == {
            k: v for k, v in answers[0].headers.items() if k not in own
        }


@pytest.fixture
def hashes(database: dict[str, str]) -> Hashes:
    """The passwords of the service, which are counted."""
    return Hashes(Path(database["PYTHONPATH"]))


@every_signed_in_framework
def test_a_wrong_address_takes_as_much_work_as_a_wrong_password(
    new_user: NewUser, hashes: Hashes
) -> None:
    user = new_user()
    for username in (user.email, new_email(), "no address"):
        before = hashes.verified
        answer = user.send_credentials("wrong horse battery staple", username=username)
        assert answer.status_code == 401
        assert hashes.verified == before + 1


@every_signed_in_framework
@pytest.mark.parametrize(
    ("form", "loc", "kind"),
    [
        ({"password": "x"}, "username", "missing"),
        ({"username": "x"}, "password", "missing"),
        ({"username": "x", "password": "x", "grant_type": "x"}, "grant_type", "literal_error"),
        (
            {"username": "x", "password": "x", "grant_type": "refresh_token"},
            "grant_type",
            "literal_error",
        ),
    ],
)
def test_what_is_wrong_in_a_sign_in_form_is_named(
    stranger: httpx.Client, form: dict[str, str], loc: str, kind: str
) -> None:
    answer = stranger.post(TOKEN, data=form)
    expect.invalid(answer, instance=TOKEN, loc=["body", loc], kind=kind)


@every_signed_in_framework
def test_a_sign_in_takes_the_form_of_oauth2_only(new_user: NewUser) -> None:
    user = new_user()
    form = {"username": user.email, "password": PASSWORD}
    assert user.send_credentials(grant_type="password").status_code == 200
    assert user.send_credentials(scope="", client_id="x", client_secret="y").status_code == 200
    for answer in (user.client.post(TOKEN, json=form), user.client.get(TOKEN, params=form)):
        assert answer.status_code in {405, 422}
        expect.problem(answer, answer.status_code, instance=TOKEN)


@every_signed_in
def test_me_is_who_registered(new_user: NewUser) -> None:
    user = new_user()
    me = expect.ok(user.sign_in().me())
    assert list(me) == ["id", "email", "created_at"]
    assert (me["id"], me["email"]) == (user.id, user.email)


@every_signed_in
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ME),
        ("HEAD", ME),
        ("POST", f"{AUTH}/logout"),
        ("GET", ITEMS),
        ("HEAD", ITEMS),
        ("POST", ITEMS),
        ("GET", f"{ITEMS}/1"),
        ("PATCH", f"{ITEMS}/1"),
        ("DELETE", f"{ITEMS}/1"),
    ],
)
def test_every_route_but_those_that_sign_in_needs_a_token(
    stranger: httpx.Client, method: str, path: str
) -> None:
    body = ITEM if method in {"POST", "PATCH"} else None
    for headers in ({}, {"Authorization": "Bearer x.y.z"}):
        answer = stranger.request(method, path, json=body, headers=headers)
        if method == "HEAD":
            assert (answer.status_code, answer.content) == (401, b"")
            assert answer.headers["www-authenticate"] == "Bearer"
        else:
            expect.problem(answer, 401, instance=path)


@every_signed_in
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{ITEMS}/987654321", None),
        ("GET", f"{ITEMS}/abc", None),
        ("GET", f"{ITEMS}?limit=0", None),
        ("GET", f"{ITEMS}?cursor=forged", None),
        ("POST", ITEMS, {}),
        ("POST", ITEMS, []),
        ("PATCH", f"{ITEMS}/1", {"name": ""}),
        ("PATCH", f"{ITEMS}/abc", {}),
        ("DELETE", f"{ITEMS}/abc", None),
    ],
)
def test_who_is_not_signed_in_learns_nothing_else(
    stranger: httpx.Client, method: str, path: str, body: object
) -> None:
    answer = stranger.request(method, path, json=body)
    expect.problem(answer, 401, instance=path.partition("?")[0])


@every_signed_in
def test_what_no_user_could_ask_is_refused_before_anybody_has_to_sign_in(
    stranger: httpx.Client,
) -> None:
    json_ = {"Content-Type": "application/json"}
    answer = stranger.post(ITEMS, content=b"{", headers=json_)
    expect.invalid(answer, instance=ITEMS, kind="json_invalid")
    expect.problem(stranger.put(ITEMS), 405, instance=ITEMS)
    expect.problem(stranger.get(f"{ITEMS}/"), 404, instance=f"{ITEMS}/")
    expect.problem(stranger.get(f"{AUTH}/nothing"), 404, instance=f"{AUTH}/nothing")
    for path in (ITEMS, REGISTER, TOKEN, f"{AUTH}/refresh"):
        answer = stranger.post(path, content=b" " * 1_048_577, headers=json_)
        expect.problem(answer, 413, instance=path)


@every_signed_in_framework
def test_a_page_of_an_allowed_origin_may_read_why_it_is_refused(set_up: Service) -> None:
    origin = {"Origin": "https://a.example"}
    with set_up.client_at() as client:
        for answer in (client.get(ME, headers=origin), client.post(TOKEN, headers=origin)):
            assert answer.status_code in {401, 422}
            assert answer.headers["access-control-allow-origin"] == origin["Origin"]
            assert "access-control-allow-credentials" not in answer.headers


@every_signed_in
@pytest.mark.parametrize("method", ["GET", "HEAD", "PATCH", "DELETE"])
def test_the_item_of_somebody_else_is_as_absent_as_one_that_never_was(
    new_user: NewUser, method: str
) -> None:
    ann, bob = new_user().sign_in(), new_user().sign_in()
    item = create(ann)
    path, nowhere = f"{ITEMS}/{item['id']}", f"{ITEMS}/987654321"
    body = {"name": "stolen"} if method == "PATCH" else None
    answer, absent = (bob.ask(method, p, json=body) for p in (path, nowhere))
    if method == "HEAD":
        assert (answer.status_code, answer.content) == (404, b"")
    else:
        expect.problem(answer, 404, instance=path, detail=expect.NO_SUCH_ITEM)
        assert problem_of(answer) == problem_of(absent) | {"instance": path}
    assert expect.ok(ann.ask("GET", path)) == item


@every_signed_in
def test_a_list_holds_only_what_belongs_to_the_user(new_user: NewUser) -> None:
    ann, bob = new_user().sign_in(), new_user().sign_in()
    made: dict[str, list[int]] = {"ann": [], "bob": []}
    for _ in range(3):
        made["ann"].append(create(ann, category="shared")["id"])
        made["bob"].append(create(bob, category="shared")["id"])
    newest_first = made["ann"][::-1]
    assert ids(ann.ask("GET", ITEMS)) == newest_first
    for query_ in ({"category": "shared"}, {"keyword": "thing"}, {"min_price": "1"}):
        assert ids(ann.ask("GET", ITEMS, params=query_)) == newest_first
    first = expect.ok(ann.ask("GET", ITEMS, params={"limit": 2}))
    assert [item["id"] for item in first["items"]] == newest_first[:2]
    onwards = {"limit": 2, "cursor": first["next_cursor"]}
    assert ids(ann.ask("GET", ITEMS, params=onwards)) == newest_first[2:]
    # Somebody else's place in a list is a place and nothing more.
    assert set(ids(bob.ask("GET", ITEMS, params=onwards))) <= set(made["bob"])


@every_signed_in
def test_nobody_sees_an_item_from_before_there_were_users(
    new_user: NewUser, database: dict[str, str]
) -> None:
    session = new_user().sign_in()
    item = create(session)
    path = f"{ITEMS}/{item['id']}"
    statement = "UPDATE items SET owner_id = NULL WHERE id = %s"
    query(database["DATABASE_URL"], statement, item["id"])
    assert ids(session.ask("GET", ITEMS)) == []
    for method in ("GET", "PATCH", "DELETE"):
        body: object = {} if method == "PATCH" else None
        answer = session.ask(method, path, json=body)
        expect.problem(answer, 404, instance=path, detail=expect.NO_SUCH_ITEM)


@every_signed_in
def test_with_a_user_go_their_sessions_and_items(
    new_user: NewUser, database: dict[str, str]
) -> None:
    url = database["DATABASE_URL"]
    user = new_user()
    session = user.sign_in()
    item = create(session)
    query(url, "DELETE FROM users WHERE id = %s", user.id)
    assert query(url, "SELECT id FROM items WHERE id = %s", item["id"]) == []
    expect.problem(session.me(), 401, instance=ME)
    answer = session.send_refresh()
    expect.problem(answer, 401, instance=f"{AUTH}/refresh", detail=expect.WRONG_REFRESH_TOKEN)


@every_signed_in_framework
def test_a_password_is_the_same_in_every_form_of_unicode(new_user: NewUser) -> None:
    for password in (COMPOSED, DECOMPOSED):
        user = new_user(password=password)
        for typed in (COMPOSED, DECOMPOSED, FULL_WIDTH):
            assert user.send_credentials(typed).status_code == 200
        assert user.send_credentials(COMPOSED.replace("è", "e")).status_code == 401


@every_signed_in_framework
def test_its_length_is_that_of_the_one_form(stranger: httpx.Client) -> None:
    for password, status in (
        ("e\u0301" * 11, 422),
        ("e\u0301" * 12, 201),
        ("e\u0301" * 128, 201),
        ("e\u0301" * 129, 422),
    ):
        answer = stranger.post(REGISTER, json={"email": new_email(), "password": password})
        assert answer.status_code == status, password


@every_signed_in_framework
def test_a_hash_of_what_was_typed_still_opens_and_is_renewed(
    new_user: NewUser, database: dict[str, str]
) -> None:
    user = new_user(password=DECOMPOSED)
    statement = "UPDATE users SET password_hash = %s WHERE email = %s"
    query(database["DATABASE_URL"], statement, DECOMPOSED_HASH, user.email)
    assert user.send_credentials(COMPOSED).status_code == 401
    assert user.send_credentials(DECOMPOSED).status_code == 200
    assert user.send_credentials(COMPOSED).status_code == 200


@every_signed_in_framework
def test_another_form_takes_the_same_work_for_every_address(
    new_user: NewUser, hashes: Hashes
) -> None:
    user = new_user()
    for username in (user.email, new_email()):
        before = hashes.verified
        assert user.send_credentials(DECOMPOSED, username=username).status_code == 401
        assert hashes.verified == before + 2


@every_signed_in_framework
def test_a_long_password_that_is_slow_to_normalize_is_answered_at_once(
    new_user: NewUser, stranger: httpx.Client
) -> None:
    # All of them would take minutes, in which nothing else is answered.
    marks = "a" + "\u0301\u0323" * 50_000
    assert new_user().send_credentials(marks).status_code == 401
    answer = stranger.post(REGISTER, json={"email": new_email(), "password": marks})
    expect.invalid(answer, instance=REGISTER, kind="string_too_long")


@every_signed_in_framework
def test_a_password_is_hashed_with_argon2id(
    good_hashes: Service, new_user: NewUser, database: dict[str, str]
) -> None:
    user = new_user(good_hashes)
    hashed = hash_of(user.email, database)
    kind, parameters = strength(hashed)
    assert kind == "argon2id"
    assert parameters["m"] >= LEAST_KIB
    assert parameters["t"] >= LEAST_PASSES
    assert hash_of(new_user(good_hashes).email, database) != hashed
    user.sign_in()


@every_signed_in
def test_a_hash_that_is_too_weak_by_now_is_renewed_at_the_next_sign_in(
    new_user: NewUser, database: dict[str, str]
) -> None:
    user = new_user()
    before = hash_of(user.email, database)
    statement = "UPDATE users SET password_hash = %s WHERE email = %s"
    query(database["DATABASE_URL"], statement, WEAK_HASH, user.email)
    assert user.send_credentials("wrong horse battery staple").status_code == 401
    assert hash_of(user.email, database) == WEAK_HASH
    user.sign_in()
    renewed = hash_of(user.email, database)
    assert strength(renewed) == strength(before)
    user.sign_in()
    assert hash_of(user.email, database) == renewed


def hash_of(email: str, database: dict[str, str]) -> str:
    statement = "SELECT password_hash FROM users WHERE email = %s"
    ((hashed,),) = query(database["DATABASE_URL"], statement, email)
    return str(hashed)


def strength(hashed: str) -> tuple[str, dict[str, int]]:
    """The kind of a hash and its parameters, such as memory in KiB."""
    _, kind, _version, parameters, _salt, _key = hashed.split("$")
    return kind, {name: int(value) for name, value in (p.split("=") for p in parameters.split(","))}


@every_signed_in_framework
def test_a_new_secret_takes_over_while_the_old_one_is_still_believed(
    start: Start, service: Service, new_user: NewUser, database: dict[str, str]
) -> None:
    old, new, other = (database["JWT_SECRET"], *(uuid4().hex + uuid4().hex for _ in range(2)))
    user = new_user()
    session = user.sign_in()

    def at(running: Service, session: Session) -> Session:
        return Session(running.client_at(), session.access_token, session.refresh_token)

    rotated = start(JWT_SECRET=new, JWT_PREVIOUS_SECRET=old)
    assert at(rotated, session).me().status_code == 200
    renewed = at(rotated, session).refreshed()
    assert renewed.me().status_code == 200
    # What is signed now is signed with the new secret.
    jwt.decode(renewed.access_token, new, algorithms=["HS256"])
    jwt.decode(renewed.refresh_token, new, algorithms=["HS256"])
    assert header_of(renewed.access_token)["kid"] != header_of(session.access_token)["kid"]

    finished = start(JWT_SECRET=new)
    expect.problem(at(finished, session).me(), 401, instance=ME)
    assert at(finished, renewed).me().status_code == 200
    expect.problem(
        at(start(JWT_SECRET=other, JWT_PREVIOUS_SECRET=old), renewed).me(), 401, instance=ME
    )
    # The service that still has the old one only does not know the new one.
    expect.problem(at(service, renewed).me(), 401, instance=ME)


CreateUser = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def create_user(project: Path, database: dict[str, str]) -> CreateUser:
    """Runs the project's own command, with this on its standard input."""

    def create_user(
        *words: str, said: str = f"{PASSWORD}\n", **settings: str
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603 - the command of the project under test
            [str(project / ".venv/bin/poe"), "--quiet", "create-user", *words],
            check=False,
            cwd=project,
            env=environment.for_service(str(project / ".venv/bin")) | database | settings,
            input=said,
            capture_output=True,
            text=True,
        )

    return create_user


# What differs with a database, a registration over HTTP shows.
@every_signed_in_framework
def test_a_user_can_be_created_on_the_command_line(
    create_user: CreateUser, stranger: httpx.Client
) -> None:
    email = new_email()
    done = create_user(email.upper())
    assert done.returncode == 0, done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    form = {"username": email, "password": PASSWORD}
    assert expect.ok(stranger.post(TOKEN, data=form))["token_type"] == "bearer"

    again = create_user(email)
    assert again.returncode == 1
    assert "taken" in again.stderr
    assert len(again.stderr.splitlines()) == 1


@every_signed_in_framework
@pytest.mark.parametrize(
    ("email", "said", "named"),
    [
        ("no address", f"{PASSWORD}\n", "email"),
        (new_email(), "short\n", "password"),
        (new_email(), "", "password"),
    ],
    ids=["no-address", "short", "nothing"],
)
def test_a_wrong_user_is_refused_on_the_command_line_in_one_line(
    create_user: CreateUser, email: str, said: str, named: str
) -> None:
    done = create_user(email, said=said)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert named in done.stderr


@every_signed_in_framework
def test_the_command_line_names_a_database_that_is_not_there(
    create_user: CreateUser, tmp_path: Path
) -> None:
    done = create_user(new_email(), DATABASE_URL=f"sqlite:///{tmp_path}/no/such/folder/x.db")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "DATABASE_URL" in done.stderr
    assert PASSWORD not in done.stdout + done.stderr


@every_signed_in
def test_the_log_of_a_whole_session_keeps_every_secret(
    start: Start, new_user: NewUser, database: dict[str, str]
) -> None:
    # All that any level says.
    service = start(LOG_LEVEL="DEBUG")
    user = new_user(service)
    client, wrong = user.client, "wrong horse battery staple"
    session = user.sign_in()
    renewed = session.refreshed()
    create(renewed)
    client.post(REGISTER, json={"email": user.email, "password": PASSWORD})
    client.post(REGISTER, json={"email": user.email, "password": wrong[:11]})
    client.post(REGISTER, json={"email": f"{user.email}@", "password": wrong})
    client.post(TOKEN, content=f"username={user.email}&password={wrong}")
    client.get(f"{ME}?access_token={renewed.access_token}", headers={"Cookie": "a=b"})
    for _ in range(12):
        user.send_credentials(wrong)
    session.send_refresh()
    renewed.me()
    client.get(ME, headers={"Authorization": f"Basic {renewed.access_token}"})
    last = client.get("/nothing", headers={"X-Request-ID": "the-end"})
    expect.problem(last, 404, instance="/nothing")
    service.log_of("the-end")
    secrets = {
        "address": user.email,
        "password": PASSWORD,
        "wrong password": wrong,
        "hash": hash_of(user.email, database),
        "hashes": "argon2",
        "secret": database["JWT_SECRET"],
        "tokens": session.access_token.split(".")[0],
        "signature": session.access_token.split(".")[2],
    }
    said = service.stdout + service.stderr
    assert [name for name, secret in secrets.items() if secret in said] == []


@every_signed_in
def test_the_log_of_a_failing_database_keeps_every_secret(
    service: Service, stranger: httpx.Client, database: dict[str, str]
) -> None:
    email, url = new_email(), database["DATABASE_URL"]
    query(url, "ALTER TABLE users RENAME TO hidden")
    try:
        body = {"email": email, "password": PASSWORD}
        expect.problem(stranger.post(REGISTER, json=body), 500, instance=REGISTER)
        form = {"username": email, "password": PASSWORD}
        answer = stranger.post(TOKEN, data=form, headers={"X-Request-ID": "fails"})
        expect.problem(answer, 500, instance=TOKEN)
    finally:
        query(url, "ALTER TABLE hidden RENAME TO users")
    lines = service.log_of("fails")
    assert sum("Traceback" in str(line) for line in lines) == 1
    said = service.stdout + service.stderr
    assert [secret for secret in (email, PASSWORD, "$argon2") if secret in said] == []


@every_signed_in
def test_the_document_says_who_has_to_sign_in_and_how(
    service: Service, combination: Combination
) -> None:
    document = expect.ok(service.client.get("/openapi.json"))
    assert document["components"]["securitySchemes"] == {
        "OAuth2PasswordBearer": {
            "type": "oauth2",
            "flows": {"password": {"scopes": {}, "tokenUrl": TOKEN}},
        }
    }
    open_, signed_in = {}, set()
    for path, item in document["paths"].items():
        for operation in item.values():
            name = operation["operationId"]
            statuses = set(operation["responses"])
            if "security" in operation:
                assert operation["security"] == [{"OAuth2PasswordBearer": []}], name
                assert "401" in statuses, name
                signed_in.add(name)
            elif path.startswith("/api/"):
                assert operation["tags"] == ["auth"], name
                open_[name] = statuses
    assert signed_in == {
        "logout",
        "read_me",
        *(f"{verb}_item" for verb in ("create", "read", "update", "delete")),
        "list_items",
        *(["predict", "predict_iris"] if combination.ml else []),
        *(["read_weather"] if combination.outbound else []),
    }
    limited = {"429"} if combination.rate_limit else set()
    assert open_ == {
        "register": {"201", "409", "413", "422", "503"} | limited,
        "sign_in": {"200", "401", "413", "422", "429", "503"},
        "refresh": {"200", "401", "413", "422", "503"} | limited,
    }
    form = document["paths"][TOKEN]["post"]["requestBody"]["content"]
    assert list(form) == ["application/x-www-form-urlencoded"]
