"""Rows with owners: a session finds and writes those of its user, or nobody's before it is told."""

import json
import subprocess
from pathlib import Path

from tests.support import environment
from tests.support.combinations import every_signed_in_framework

# Items 1 to 3 belong to user 1, to user 2 and to nobody. Each case is tried in a session without a
# user, in one of user 1 and in one for everybody; what it returns is compared.
SCRIPT = """
import json
import sys

from sqlalchemy import create_engine, delete, exists, func, insert, select, union, update
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session, aliased, joinedload, relationship, selectinload

from app.auth.models import User
from app.auth.ownership import OwnershipError, as_everybody, set_current_user
from app.items.models import Item
from app.models import Base

User.items = relationship(Item, viewonly=True)
engine = create_engine("sqlite://")
Base.metadata.create_all(engine)
other = aliased(Item)
with Session(engine) as session:
    session.add_all(User(id=i, email=str(i), password_hash="") for i in (1, 2))
    session.commit()
    as_everybody(session)
    session.add_all(Item(id=i, name="x", price=i, owner_id=i) for i in (1, 2))
    session.execute(insert(Item).values(id=3, name="x", price=3, owner_id=None))
    session.commit()


def rows(session):
    return session.connection().exec_driver_sql("SELECT id, owner_id FROM items ORDER BY id").all()


def owners_of_new(session):
    return [owner for id, owner in rows(session) if id > 3]


def write(session, *new, **changes):
    for row in session.scalars(select(Item)) if changes else ():
        for name, value in changes.items():
            setattr(row, name, value)
    session.add_all(new)
    session.flush()
    return rows(session)


new = {"name": "new", "price": 1}
READS = {
    "select": lambda s: s.scalars(select(Item.id).order_by(Item.id)).all(),
    "alias": lambda s: s.scalars(select(other.id).order_by(other.id)).all(),
    "count": lambda s: [s.scalar(select(func.count()).select_from(Item))],
    "get": lambda s: [getattr(s.get(Item, 2), "id", None)],
    "exists": lambda s: s.scalars(select(User.id).where(exists().where(Item.owner_id == User.id))).all(),
    "in": lambda s: s.scalars(select(User.id).where(User.id.in_(select(Item.owner_id)))).all(),
    "union": lambda s: [r[0] for r in s.execute(union(select(Item.id), select(Item.id)))],
    "lazy": lambda s: [[i.id for i in u.items] for u in s.scalars(select(User))],
    "joined": lambda s: [
        [i.id for i in u.items] for u in s.scalars(select(User).options(joinedload(User.items))).unique()
    ],
    "selectin": lambda s: [
        [i.id for i in u.items] for u in s.scalars(select(User).options(selectinload(User.items)))
    ],
    "update": lambda s: [s.execute(update(Item).values(name="y")).rowcount],
    "delete": lambda s: [s.execute(delete(Item)).rowcount],
}
WRITES = {
    "add": lambda s: write(s, Item(**new)),
    "add for another": lambda s: write(s, Item(owner_id=2, **new)),
    "give away": lambda s: write(s, owner_id=2),
    "insert": lambda s: s.execute(insert(Item).values(**new)) and owners_of_new(s),
    "insert many": lambda s: s.execute(insert(Item), [new, new]) and owners_of_new(s),
    "insert values": lambda s: s.execute(insert(Item).values([new, new])) and owners_of_new(s),
    "insert for another": lambda s: s.execute(insert(Item), [{**new, "owner_id": 2}]) and rows(s),
    "update by keys": lambda s: s.execute(update(Item), [{"id": 2, "name": "y"}]) and rows(s),
    "bulk save": lambda s: s.bulk_save_objects([Item(**new)]) or rows(s),
}
found = {}
for name, case in {**READS, **WRITES}.items():
    found[name] = []
    for user in ("nobody", 1, "everybody"):
        with Session(engine) as session:
            if user == "everybody":
                as_everybody(session)
            elif user == 1:
                set_current_user(session, user)
            try:
                found[name].append(list(case(session)))
            except OwnershipError as error:
                found[name].append(str(error))
            except StatementError as error:
                found[name].append(str(error.orig))
with Session(engine) as session:
    user = session.get(User, 1)
    set_current_user(session, 1)
    found["of a user who was loaded before"] = [i.id for i in user.items]
    try:
        set_current_user(session, 2)
    except OwnershipError as error:
        found["of two users"] = str(error)
    as_everybody(session)
    found["then of everybody"] = session.scalars(select(Item.id).order_by(Item.id)).all()
    found["without owners"] = session.scalars(select(User.id)).all()
print(json.dumps(found, default=list))
"""
CALL = "Call set_current_user(session, user_id)"
READS = {
    "select": ([1], [1, 2, 3]),
    "alias": ([1], [1, 2, 3]),
    "count": ([1], [3]),
    "get": ([None], [2]),
    "exists": ([1], [1, 2]),
    "in": ([1], [1, 2]),
    "union": ([1], [1, 2, 3]),
    "lazy": ([[1], []], [[1], [2]]),
    "joined": ([[1], []], [[1], [2]]),
    "selectin": ([[1], []], [[1], [2]]),
    "update": ([1], [3]),
    "delete": ([1], [3]),
}
AS_BEFORE = [[1, 1], [2, 2], [3, None]]
# Nothing where it is refused.
WRITES = {
    "add": ([*AS_BEFORE, [4, 1]], None),
    "add for another": (None, [*AS_BEFORE, [4, 2]]),
    "give away": (None, [[1, 2], [2, 2], [3, 2]]),
    "insert": ([1], None),
    "insert many": ([1, 1], None),
    "insert values": ([1, 1], None),
    "insert for another": (None, [*AS_BEFORE, [4, 2]]),
    "update by keys": (None, AS_BEFORE),
    "bulk save": (None, None),
}


@every_signed_in_framework
def test_a_session_finds_and_writes_only_the_rows_of_its_user(project: Path) -> None:
    done = subprocess.run(  # noqa: S603 - a script of this test
        [str(project / ".venv/bin/python"), "-c", SCRIPT],
        cwd=project,
        env=environment.for_tools(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for name, expected in {**READS, **WRITES}.items():
        without, *others = found[name]
        assert CALL in without, name
        for got, wanted in zip(others, expected, strict=True):
            if wanted is None:
                assert CALL in got, name
            else:
                assert got == wanted, name
    assert found["of a user who was loaded before"] == [1]
    assert "The session is for somebody else." in found["of two users"]
    assert found["then of everybody"] == [1, 2, 3]
    assert found["without owners"] == [1, 2]
