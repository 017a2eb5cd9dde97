"""What an attacker sends: each is refused as the contract says, none is a failure of the server."""

import base64
import select
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.contract import expect
from tests.contract.conftest import NewUser
from tests.support import wire
from tests.support.combinations import every_signed_in, every_signed_in_framework, signed_in_once
from tests.support.databases import query
from tests.support.services import Service, promptly
from tests.support.tokens import claims_of, encode, header_of, sign
from tests.support.users import (
    AUTH,
    PASSWORD,
    Session,
    User,
    new_address,
    new_email,
    register,
)

ME, REFRESH, TOKEN, REGISTER = (f"{AUTH}/{name}" for name in ("me", "refresh", "token", "register"))
ITEMS = "/api/v1/items"
ITEM = {"name": "thing", "price": "1.00"}
JSON = {"Content-Type": "application/json"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ATTACKERS_SECRET = "0123456789abcdef" * 4
CLAIMS = ("sub", "type", "jti", "fam", "fresh", "iat", "nbf", "exp")
# Bytes and not JSON, because no library writes them: they stand for the value "…".
HUGE = {
    "infinity": b"Infinity",
    "overflow": b"1e999",
    "not-a-number": b"NaN",
    "digits": b"9" * 5000,
}


@dataclass(frozen=True)
class Target:
    """A user who is attacked, the session whose token is forged, and somebody else's session."""

    secret: str
    session: Session
    others: Session
    kind: str

    @property
    def token(self) -> str:
        return self.session.access_token if self.kind == "access" else self.session.refresh_token

    @property
    def header(self) -> dict[str, Any]:
        return header_of(self.token)

    @property
    def claims(self) -> dict[str, Any]:
        return claims_of(self.token)

    @property
    def others_claims(self) -> dict[str, Any]:
        other = self.others
        return claims_of(other.access_token if self.kind == "access" else other.refresh_token)

    def signed(self, *, header: object = None, secret: str | None = None, **claims: object) -> str:
        """The token with other claims, signed as the service does."""
        return sign(header or self.header, self.claims | claims, secret or self.secret)

    def headed(self, **members: object) -> str:
        """The token with other members of its header, signed as the service does."""
        return sign(self.header | members, self.claims, self.secret)

    def without(self, claim: str) -> str:
        claims = self.claims
        del claims[claim]
        return sign(self.header, claims, self.secret)

    def written(self, claim: str, value: bytes) -> str:
        """The token with a claim that is written as no library writes it."""
        payload = sign(self.header, self.claims | {claim: "…"}, self.secret).split(".")[1]
        text = base64.urlsafe_b64decode(payload + "==").replace(b'"\\u2026"', value)
        return sign(self.header, text, self.secret)


Forge = Callable[[Target], str]


def unsigned(algorithm: object, signature: str = "") -> Forge:
    def forge(target: Target) -> str:
        signed = sign(target.header | {"alg": algorithm}, target.claims, target.secret)
        return f"{signed.rpartition('.')[0]}.{signature}"

    return forge


def claiming(claim: str, value: object) -> Forge:
    return lambda target: sign(target.header, target.claims | {claim: value}, target.secret)


def parts(token: str) -> list[str]:
    return token.split(".")


FORGERIES: dict[str, Forge] = {
    # Algorithms.
    **{
        f"algorithm {algorithm!r} {'with' if signature else 'without'} a signature": unsigned(
            algorithm, signature
        )
        for algorithm in ("none", "None", "NONE", "nOnE", "", None)
        for signature in ("", "AAAA")
    },
    "no algorithm": lambda t: sign({"typ": "JWT", "kid": t.header["kid"]}, t.claims, t.secret),
    **{
        f"algorithm {algorithm!r}, rightly signed": (
            lambda t, a=algorithm, d=digest: sign(t.header | {"alg": a}, t.claims, t.secret, d)  # type: ignore[misc]
        )
        for algorithm, digest in (
            ("HS384", "sha384"),
            ("HS512", "sha512"),
            ("RS256", "sha256"),
            ("ES256", "sha256"),
            ("PS256", "sha256"),
            ("EdDSA", "sha256"),
            ("hs256", "sha256"),
            (["HS256"], "sha256"),
            ({"HS256": 1}, "sha256"),
            (256, "sha256"),
            (True, "sha256"),
            (None, "sha256"),
            ("none", "sha256"),
        )
    },
    # Signatures.
    "no signature": lambda t: t.token.rpartition(".")[0] + ".",
    "the signature of another token": lambda t: ".".join(
        [*parts(t.token)[:2], parts(t.others.access_token)[2]]
    ),
    "half a signature": lambda t: t.token[:-20],
    "a changed signature": lambda t: t.token[:-10] + t.token[-10:].swapcase(),
    "a longer signature": lambda t: t.token + "AAAA",
    "another secret": lambda t: t.signed(secret=ATTACKERS_SECRET),
    "an empty secret": lambda t: sign(t.header, t.claims, ""),
    "the secret in upper case": lambda t: t.signed(secret=t.secret.upper()),
    "the payload of somebody else": lambda t: ".".join(
        [parts(t.token)[0], parts(t.others.access_token)[1], parts(t.token)[2]]
    ),
    # Keys.
    **{
        f"key id {kid!r:.40}, an attacker's secret": (
            lambda t, k=kid: sign(t.header | {"kid": k}, t.claims, ATTACKERS_SECRET)  # type: ignore[misc]
        )
        for kid in (
            "unknown",
            "",
            "../../../../dev/null",
            "/proc/self/environ",
            "' UNION SELECT '0123456789abcdef0123456789abcdef' --",
            "0",
            None,
        )
    },
    "key id of an empty file": lambda t: sign(
        t.header | {"kid": "../../../../dev/null"}, t.claims, ""
    ),
    **{
        f"key id {kid!r:.40}": (lambda t, k=kid: t.headed(kid=k))  # type: ignore[misc]
        for kid in (["x"], {"x": 1}, 1, True)
    },
    **{
        f"{name} of the attacker": (
            lambda t, n=name, v=value: sign(t.header | {n: v}, t.claims, ATTACKERS_SECRET)  # type: ignore[misc]
        )
        for name, value in (
            ("jwk", {"kty": "oct", "k": encode(ATTACKERS_SECRET.encode())}),
            ("jku", "http://127.0.0.1:9/keys.json"),
            ("x5u", "http://127.0.0.1:9/certificate.pem"),
            ("x5c", ["MIIB"]),
        )
    },
    "an extension that must be understood": lambda t: t.headed(crit=["x"], x=1),
    "an extension that is none": lambda t: t.headed(crit=["exp"]),
    "an extension that is nothing": lambda t: t.headed(crit=[]),
    "an extension of no type": lambda t: t.headed(crit="exp"),
    # Claims.
    **{f"no {claim}": (lambda t, c=claim: t.without(c)) for claim in CLAIMS},  # type: ignore[misc]
    **{
        f"{claim} is {value!r:.30}": claiming(claim, value)
        for claim in CLAIMS
        for value in (None, [], {}, "", "\0", ["x"], {"x": 1}, -1, "x" * 300)
    },
    **{f"{claim} is true": claiming(claim, True) for claim in CLAIMS if claim != "fresh"},
    **{
        f"sub is {value!r:.30}": claiming("sub", value)
        for value in (
            *(0, 1, 1.0, "0", "-1", "1.0", "1e1", " 1", "1\n", "+1", "0x1", "abc", "1 OR 1=1"),
            *("9" * 30, "9" * 400, str(2**63), str(2**64), "NaN", "\N{ARABIC-INDIC DIGIT ONE}"),
            *("\ud800",),
        )
    },
    "sub of somebody else": lambda t: t.signed(sub=t.others_claims["sub"]),
    "sub as a number": lambda t: t.signed(sub=int(t.claims["sub"])),
    "sub in a list": lambda t: t.signed(sub=[t.claims["sub"]]),
    **{
        f"type is {value!r}": claiming("type", value)
        for value in (1, "id", "Access", "REFRESH", "access refresh", ["access"], ["refresh"])
    },
    "the other type": lambda t: t.signed(type={"access": "refresh", "refresh": "access"}[t.kind]),
    **{f"jti is {value!r}": claiming("jti", value) for value in (1, "abc", "%", "' OR 1=1 --")},
    **{f"fam is {value!r}": claiming("fam", value) for value in (1, "abc", "%", "' OR 1=1 --")},
    "fam of nobody": lambda t: t.signed(fam=str(uuid4())),
    "fam of somebody else": lambda t: t.signed(fam=t.others_claims["fam"]),
    "fam and jti of somebody else": lambda t: t.signed(
        fam=t.others_claims["fam"], jti=t.others_claims["jti"]
    ),
    **{f"fresh is {value!r}": claiming("fresh", value) for value in (0, 1, "true", "false")},
    **{
        f"{claim} is {name}": (lambda t, c=claim, v=value: t.written(c, v))  # type: ignore[misc]
        for claim in CLAIMS
        for name, value in HUGE.items()
    },
    **{
        f"{claim} is {value!r:.30}": claiming(claim, value)
        for claim in ("iat", "nbf", "exp")
        for value in ("2100-01-01", "4102444800", 2**63, 2**64, 10**30)
    },
    "expired": lambda t: t.signed(exp=int(time.time()) - 1),
    "expired long ago": lambda t: t.signed(exp=1),
    "not yet valid": lambda t: t.signed(nbf=int(time.time()) + 60),
    "made tomorrow": lambda t: t.signed(iat=int(time.time()) + 86_400),
    # Shapes.
    **{
        f"a payload that is {payload[:20]!r}": (
            lambda t, p=payload: sign(t.header, p, t.secret)  # type: ignore[misc]
        )
        for payload in (
            *(b"", b"{}", b"[]", b"null", b"1", b'"text"', b"{", b"\xff\xfe", b"{}{}", b" "),
            *(b"[" * 100_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000, b'{"sub": "\\ud800"}'),
        )
    },
    **{
        f"a header that is {header[:20]!r}": (
            lambda t, h=header: sign(h, t.claims, t.secret)  # type: ignore[misc]
        )
        for header in (
            *(b"", b"{}", b"[]", b"null", b"1", b'"HS256"', b"{", b"\xff\xfe", b'["HS256"]'),
            *(
                b"[" * 100_000,
                b'{"alg":' * 10_000,
                b'{"alg": "\\ud800"}',
                b'{"alg": "HS256\\u0000"}',
            ),
        )
    },
    "one part": lambda t: parts(t.token)[1],
    "two parts": lambda t: ".".join(parts(t.token)[:2]),
    "four parts": lambda t: t.token + ".AAAA",
    "five parts": lambda t: t.token + ".AAAA.AAAA",
    "dots": lambda _: "..",
    "a dot": lambda _: ".",
    "one character": lambda _: "x",
    "a thousand dots": lambda _: "." * 1000,
    "not base64": lambda t: "%%%." + ".".join(parts(t.token)[1:]),
    "half a character of base64": lambda t: "A." + ".".join(parts(t.token)[1:]),
    "a space in it": lambda t: t.token.replace(".", " .", 1),
    "quotes around it": lambda t: f'"{t.token}"',
    "twice": lambda t: f"{t.token},{t.token}",
    "a word before it": lambda t: f"Bearer {t.token}",
    "oversized": lambda t: t.signed(more="x" * 3000),
    "an e-mail address": lambda _: "ann@example.org",
    "a path": lambda _: "../../etc/passwd",
}
# Some stand in a JSON body only: a server of HTTP takes no such header.
FOR_BODIES: dict[str, Forge] = {
    "NUL": lambda _: "\0",
    "NUL behind it": lambda t: t.token + "\0",
    "NUL inside": lambda t: t.token.replace(".", "\0.", 1),
    "line breaks": lambda t: t.token + "\r\nX-Evil: 1",
    "a rocket": lambda _: "\N{ROCKET}.\N{ROCKET}.\N{ROCKET}",
    "a megabyte less a little": lambda t: t.token + "A" * 1_000_000,
}
# A server refuses a header as long as these by itself.
TOO_LONG = {
    name for name in FORGERIES if "[[[[" in name or '{"a":{"a"' in name or '{"alg":{' in name
}


@pytest.fixture(scope="module")
def target(service: Service, database: dict[str, str]) -> Iterator[Target]:
    with service.client_at(new_address()) as client:
        sessions = [register(client).sign_in() for _ in range(2)]
        yield Target(database["JWT_SECRET"], sessions[0], sessions[1], "access")


@pytest.fixture(scope="module")
def refresh_target(target: Target) -> Target:
    return replace(target, kind="refresh")


def unharmed(target: Target) -> None:
    """Whatever was tried, the session goes on."""
    assert target.session.me().status_code == 200
    assert target.others.me().status_code == 200


@signed_in_once
@pytest.mark.parametrize("name", sorted(FORGERIES.keys() - TOO_LONG))
def test_a_forged_access_token_is_refused(target: Target, service: Service, name: str) -> None:
    header = f"Authorization: Bearer {FORGERIES[name](target)}"
    for path in (ME, ITEMS):
        answer = wire.exchange(service, "GET", path, "Host: x", header, anonymous=True)
        expect.problem(answer, 401, instance=path)
    unharmed(target)


@signed_in_once
@pytest.mark.parametrize("name", sorted(FORGERIES | FOR_BODIES))
def test_a_forged_refresh_token_is_refused_and_ends_nothing(
    refresh_target: Target, name: str
) -> None:
    token = (FORGERIES | FOR_BODIES)[name](refresh_target)
    answer = refresh_target.session.client.post(REFRESH, json={"refresh_token": token})
    expect.problem(answer, 401, instance=REFRESH, detail=expect.WRONG_REFRESH_TOKEN)
    unharmed(refresh_target)


@every_signed_in
def test_a_token_of_one_kind_is_none_of_the_other(new_user: NewUser) -> None:
    session = new_user().sign_in()
    swapped = Session(session.client, session.refresh_token, session.access_token)
    expect.problem(swapped.me(), 401, instance=ME)
    expect.problem(swapped.log_out(), 401, instance=f"{AUTH}/logout")
    answer = swapped.send_refresh()
    expect.problem(answer, 401, instance=REFRESH, detail=expect.WRONG_REFRESH_TOKEN)
    # And who mixes them up has lost nothing.
    assert session.refreshed().me().status_code == 200


@every_signed_in
def test_who_stole_a_refresh_token_is_out_as_soon_as_it_is_used_twice(new_user: NewUser) -> None:
    user = new_user()
    stolen = user.sign_in()
    thief = stolen.refreshed().refreshed()
    assert thief.me().status_code == 200
    # The user comes back with a token that the thief has spent.
    answer = stolen.send_refresh()
    expect.problem(answer, 401, instance=REFRESH, detail=expect.WRONG_REFRESH_TOKEN)
    expect.problem(thief.me(), 401, instance=ME)
    answer = thief.send_refresh()
    expect.problem(answer, 401, instance=REFRESH, detail=expect.WRONG_REFRESH_TOKEN)
    assert user.sign_in().me().status_code == 200


@every_signed_in_framework
def test_a_token_that_would_have_been_good_is_really_forged_well(
    target: Target, refresh_target: Target, new_user: NewUser
) -> None:
    # Else the tests above would only see that nothing forged here is ever accepted.
    client = target.session.client
    assert Session(client, target.signed(), "").me().status_code == 200
    assert Session(client, target.headed(kid="unknown"), "").me().status_code == 200
    without_kid = {"alg": "HS256", "typ": "JWT"}
    assert Session(client, target.signed(header=without_kid), "").me().status_code == 200
    session = new_user().sign_in()
    own = Target(target.secret, session, target.others, "refresh")
    assert Session(client, "", own.signed()).refreshed().me().status_code == 200


@every_signed_in_framework
@pytest.mark.parametrize("member", ["jku", "x5u"])
def test_no_key_is_fetched_from_where_a_token_says(target: Target, member: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/keys.json"
        token = sign(target.header | {member: url}, target.claims, ATTACKERS_SECRET)
        answer = Session(target.session.client, token, "").me()
        expect.problem(answer, 401, instance=ME)
        assert select.select([listener], [], [], 0)[0] == []


# Whole headers; {token} is a good one. What a client of HTTP would not send goes over a bare socket.
GOOD_HEADERS = [
    "Authorization: Bearer {token}",
    "authorization: bearer {token}",
    "AUTHORIZATION: BEARER {token}",
    "Authorization: bEaReR {token}",
    "Authorization:Bearer {token}",
    "Authorization:  Bearer {token} ",
    "Authorization: Bearer  \t {token}",
]
BAD_HEADERS: list[tuple[str, ...]] = [
    (),
    ("Authorization:",),
    ("Authorization: ",),
    ("Authorization: {token}",),
    ("Authorization: Bearer",),
    ("Authorization: Bearer ",),
    ("Authorization: Bearer\t{token}",),
    ("Authorization: Bearer\xa0{token}",),
    ("Authorization: Bearer: {token}",),
    ("Authorization: Bearer={token}",),
    ("Authorization: Bearer,{token}",),
    ("Authorization: Bearer token={token}",),
    ("Authorization: Bearer {token} {token}",),
    ("Authorization: Bearer {token} x",),
    ("Authorization: Bearer {token},",),
    ("Authorization: Bearer {token}, Bearer {token}",),
    ("Authorization: Bearer {token},Basic eDp5",),
    ("Authorization: Basic eDp5, Bearer {token}",),
    ('Authorization: Bearer "{token}"',),
    ("Authorization: Bearer {token};",),
    ("Authorization: Bearer \xe9\xff",),
    ("Authorization: Bearers {token}",),
    ("Authorization: Token {token}",),
    ("Authorization: JWT {token}",),
    ("Authorization: Basic {token}",),
    ("Authorization: Basic eDp5",),
    ("Authorization: Digest username=x",),
    ("Authorization: Negotiate {token}",),
    ("Authorization: Bearer {token}", "Authorization: Bearer {token}"),
    ("Authorization: Basic eDp5", "Authorization: Bearer {token}"),
    ("Authorization: Bearer {token}", "Authorization: Basic eDp5"),
    ("Authorization: ", "Authorization: Bearer {token}"),
    ("X-Authorization: Bearer {token}",),
    ("Proxy-Authorization: Bearer {token}",),
    ("X-Access-Token: {token}",),
    ("Cookie: access_token={token}",),
    ("Cookie: access_token_cookie={token}",),
    ("Cookie: access_token_cookie={token}; csrf_access_token=x", "X-CSRF-TOKEN: x"),
    ("Cookie: session={token}; jwt={token}; token={token}; Authorization=Bearer {token}",),
]


@every_signed_in_framework
@pytest.mark.parametrize("header", GOOD_HEADERS)
def test_the_scheme_may_be_spelled_in_any_case(
    target: Target, service: Service, header: str
) -> None:
    line = header.format(token=target.token)
    expect.ok(wire.exchange(service, "GET", ME, "Host: x", line, anonymous=True))


@every_signed_in_framework
@pytest.mark.parametrize("headers", BAD_HEADERS, ids=" | ".join)
def test_a_token_counts_in_one_proper_header_only(
    target: Target, service: Service, headers: tuple[str, ...]
) -> None:
    lines = [header.format(token=target.token) for header in headers]
    answer = wire.exchange(service, "GET", ME, "Host: x", *lines, anonymous=True)
    expect.problem(answer, 401, instance=ME)


@every_signed_in_framework
@pytest.mark.parametrize("name", ["access_token", "token", "jwt", "Authorization", "bearer"])
def test_a_token_in_the_query_or_the_body_is_not_read(target: Target, name: str) -> None:
    client = target.session.client
    for value in (target.token, f"Bearer {target.token}"):
        answer = client.get(ITEMS, params={name: value})
        expect.problem(answer, 401, instance=ITEMS)
        answer = client.post(ITEMS, json=ITEM | {name: value})
        expect.problem(answer, 401, instance=ITEMS)


@every_signed_in
def test_a_body_never_makes_somebody_else_the_owner(
    new_user: NewUser, database: dict[str, str]
) -> None:
    ann, bob = new_user(), new_user()
    anns, bobs = ann.sign_in(), bob.sign_in()
    wanted = {
        "id": 987_654_321,
        "owner_id": bob.id,
        "owner": {"id": bob.id},
        "user_id": bob.id,
        "user": bob.id,
        "created_at": "2000-01-01T00:00:00Z",
        "updated_at": "2000-01-01T00:00:00Z",
        "is_admin": True,
        "__class__": {"x": 1},
    }
    created = expect.ok(anns.ask("POST", ITEMS, json=ITEM | wanted), 201)
    path = f"{ITEMS}/{created['id']}"
    changed = expect.ok(anns.ask("PATCH", path, json={"name": "new"} | wanted))
    assert expect.ok(anns.ask("PATCH", path, json=wanted)) == changed
    assert (
        set(created)
        == set(changed)
        == {*ITEM, "id", "description", "category"}
        | {
            "created_at",
            "updated_at",
        }
    )
    assert created["id"] == changed["id"] != wanted["id"]
    assert created["created_at"] == changed["created_at"] > "2026"
    assert expect.ok(anns.ask("GET", path)) == changed
    assert expect.ok(bobs.ask("GET", ITEMS))["items"] == []
    url = database["DATABASE_URL"]
    owner = query(url, "SELECT owner_id FROM items WHERE id = %s", created["id"])
    assert owner == [(ann.id,)]


@every_signed_in
def test_a_body_never_makes_more_of_a_user(stranger: httpx.Client) -> None:
    email = new_email()
    wanted = {
        "id": 987_654_321,
        "created_at": "2000-01-01T00:00:00Z",
        "is_admin": True,
        "role": "admin",
        "owner_id": 1,
        "password_hash": "x",
        "hashed_password": "x",
    }
    answer = stranger.post(REGISTER, json={"email": email, "password": PASSWORD} | wanted)
    user = expect.ok(answer, 201)
    assert set(user) == {"id", "email", "created_at"}
    assert user["id"] != wanted["id"]
    assert user["created_at"] > "2026"
    form = {"username": email, "password": PASSWORD, "user_id": "1", "is_admin": "true"}
    pair = expect.ok(stranger.post(TOKEN, data=form))
    assert claims_of(pair["access_token"])["sub"] == str(user["id"])
    session = Session(stranger, pair["access_token"], pair["refresh_token"])
    body = {"refresh_token": session.refresh_token, "sub": "1", "user_id": 1, "fresh": True}
    claims = claims_of(expect.ok(stranger.post(REFRESH, json=body))["access_token"])
    assert (claims["sub"], claims["fresh"]) == (str(user["id"]), False)


@every_signed_in_framework
def test_a_password_is_not_cut_at_a_nul(new_user: NewUser, stranger: httpx.Client) -> None:
    password = f"{PASSWORD}\0and more"
    answer = stranger.post(REGISTER, json={"email": new_email(), "password": password})
    if answer.status_code == 201:
        user = User(stranger, answer.json()["id"], answer.json()["email"], password)
        user.sign_in()
        for other in (PASSWORD, f"{PASSWORD}\0", f"{PASSWORD}\0and mor"):
            assert user.send_credentials(other).status_code == 401
    else:
        expect.invalid(answer, instance=REGISTER, loc=["body", "password"])
    plain = new_user()
    for other in (f"{PASSWORD}\0", f"{PASSWORD}\0and more"):
        assert plain.send_credentials(other).status_code == 401


NUL_BODIES = [
    (REGISTER, b'{"email": "a\\u0000@example.org", "password": "correct horse battery"}', {422}),
    (REGISTER, b'{"email": "a@example.org\\u0000", "password": "correct horse battery"}', {422}),
    (REGISTER, b'{"email": "a@exam\\u0000ple.org", "password": "correct horse battery"}', {422}),
    (REGISTER, b'{"email": "a@example.org", "password": "\\u0000"}', {422}),
    (REGISTER, b'{"email": "\\ud800@example.org", "password": "correct horse battery"}', {422}),
    (REGISTER, b'{"email": "b@example.org", "password": "\\ud800 horse battery"}', {422}),
    (REGISTER, b'{"em\\u0000ail": "b@example.org", "password": "correct horse"}', {422}),
    (REGISTER, b"\0", {422}),
    (REFRESH, b'{"refresh_token": "\\u0000"}', {401}),
    (REFRESH, b'{"refresh_token": "\\ud800"}', {422}),
    (REFRESH, b'{"refresh_token": "\\ud800.\\ud800.\\ud800"}', {422}),
    (REFRESH, b"\0", {422}),
]


@every_signed_in
@pytest.mark.parametrize(
    ("path", "body", "statuses"), NUL_BODIES, ids=lambda value: str(value)[:60]
)
def test_what_no_database_or_encoding_takes_is_refused(
    stranger: httpx.Client, path: str, body: bytes, statuses: set[int]
) -> None:
    answer = stranger.post(path, content=body, headers=JSON)
    assert answer.status_code in statuses, answer.content
    detail = expect.WRONG_REFRESH_TOKEN if answer.status_code == 401 else None
    expect.problem(answer, answer.status_code, instance=path, detail=detail)


# Bodies of a sign-in, and the statuses that they may get; {email} is the address of a user.
FORMS: list[tuple[str, bytes, dict[str, str], set[int]]] = [
    ("NUL in the address", b"username={email}%00&password=x", FORM, {401}),
    ("NUL before the address", b"username=%00{email}&password=x", FORM, {401}),
    ("NUL alone", b"username=%00&password=%00", FORM, {401}),
    ("a raw NUL", b"username=\0&password=\0", FORM, {401}),
    ("no UTF-8", b"username=%ff%fe&password=%ff", FORM, {401}),
    ("raw bytes", b"username=\xff\xfe&password=\xff", FORM, {401}),
    ("a surrogate", b"username=%ed%a0%80&password=%ed%a0%80", FORM, {401}),
    ("a percent sign", b"username=%&password=%zz", FORM, {401}),
    ("a statement", b"username=%27%20OR%20%271%27=%271&password=x", FORM, {401}),
    ("a pattern", b"username=%25&password=%25", FORM, {401}),
    ("a list", b"username[]={email}&password[]=x", FORM, {422}),
    ("an operator", b"username[$ne]=1&password[$ne]=1", FORM, {422}),
    ("no password", b"username={email}", FORM, {422}),
    ("empty fields", b"username=&password=", FORM, {422}),
    ("no values", b"username&password", FORM, {422}),
    ("nothing", b"", FORM, {422}),
    ("ampersands", b"&" * 100_000, FORM, {422}),
    ("a semicolon", b"username={email};password=x", FORM, {422}),
    ("another grant", b"grant_type=client_credentials&username={email}&password=x", FORM, {422}),
    ("NUL in the grant", b"grant_type=%00&username={email}&password=x", FORM, {422}),
    ("the address twice", b"username=nobody&username={email}&password=x", FORM, {401}),
    ("the password twice", b"username={email}&password=x&password=y", FORM, {401}),
    ("a hundred thousand fields", b"a=b&" * 100_000 + b"username=x&password=y", FORM, {422}),
    ("a long password", b"username={email}&password=" + b"x" * 1_000_000, FORM, {401}),
    ("a long address", b"password=x&username=" + b"x" * 1_000_000, FORM, {401}),
    ("a long name", b"x" * 1_000_000 + b"=1", FORM, {422}),
    ("a larger body", b"username={email}&password=" + b"x" * 1_048_576, FORM, {413}),
    ("JSON", b'{"username": "{email}", "password": "x"}', JSON, {422}),
    ("JSON in the form", b'{"username": "{email}", "password": "x"}', FORM, {422}),
    ("plain text", b"username={email}&password=x", {"Content-Type": "text/plain"}, {422}),
    ("no type", b"username={email}&password=x", {}, {422}),
    (
        "another charset",
        b"username={email}&password=x",
        {"Content-Type": FORM["Content-Type"] + "; charset=utf-16"},
        {401},
    ),
    ("no multipart", b"username=x", {"Content-Type": "multipart/form-data"}, {422}),
    ("an empty boundary", b"--\r\n", {"Content-Type": "multipart/form-data; boundary="}, {422}),
    (
        "an unfinished multipart",
        b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\nx',
        MULTIPART,
        {422},
    ),
    (
        "a file as the address",
        b'--x\r\nContent-Disposition: form-data; name="username"; filename="a"\r\n\r\nx\r\n--x--\r\n',
        MULTIPART,
        {422},
    ),
    (
        "a thousand parts",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 2_000 + b"--x--\r\n",
        MULTIPART,
        {413, 422},
    ),
]


@every_signed_in_framework
@pytest.mark.parametrize(
    ("body", "headers", "statuses"), [f[1:] for f in FORMS], ids=[f[0] for f in FORMS]
)
def test_a_strange_sign_in_is_refused(
    victim: User, service: Service, body: bytes, headers: dict[str, str], statuses: set[int]
) -> None:
    content = body.replace(b"{email}", victim.email.encode())
    with service.client_at(new_address()) as client:
        answer = promptly(lambda: client.post(TOKEN, content=content, headers=headers), 5)
    assert answer.status_code in statuses, answer.content
    detail = expect.WRONG_CREDENTIALS if answer.status_code == 401 else None
    content_ = expect.problem(answer, answer.status_code, instance=TOKEN, detail=detail)
    # What was sent is not sent back.
    assert victim.email not in str(content_)


@pytest.fixture
def victim(new_user: NewUser) -> User:
    return new_user()


@every_signed_in_framework
def test_the_last_of_repeated_fields_counts(victim: User) -> None:
    form = f"username=nobody&username={victim.email}&password=x&password={PASSWORD}"
    answer = victim.client.post(TOKEN, content=form, headers=FORM)
    assert expect.ok(answer)["token_type"] == "bearer"


@every_signed_in
def test_nothing_of_somebody_else_can_be_reached_by_any_method(new_user: NewUser) -> None:
    ann, bob = new_user().sign_in(), new_user().sign_in()
    item = expect.ok(ann.ask("POST", ITEMS, json=ITEM), 201)
    path = f"{ITEMS}/{item['id']}"
    for method in ("GET", "HEAD", "PATCH", "DELETE", "PUT", "POST", "OPTIONS", "TRACE"):
        body: object = ITEM if method in {"PATCH", "PUT", "POST"} else None
        answer = bob.ask(method, path, json=body)
        assert answer.status_code in {404, 405}, method
        assert b"thing" not in answer.content
    for spelling in (f"{path}/", f"{ITEMS}/%3{str(item['id'])[0]}{str(item['id'])[1:]}"):
        assert bob.ask("GET", spelling).status_code == 404
    assert expect.ok(ann.ask("GET", path)) == item
