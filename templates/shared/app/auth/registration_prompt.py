"""The arguments and the password prompt of `create-user`."""

import sys
from argparse import ArgumentParser
from getpass import getpass

from pydantic import ValidationError

from app.auth.schemas import Registration


def read_registration() -> Registration:
    """Read the address and the password, or exit with one line per error."""
    parser = ArgumentParser(
        prog="create-user",
        description="Create a user. The password is asked for, or read from standard input.",
    )
    parser.add_argument("email", help="the address to sign in with")
    email = parser.parse_args().email
    try:
        return Registration(email=email, password=_read_password())
    except ValidationError as error:
        sys.exit("\n".join(f"{e['loc'][0]}: {e['msg']}" for e in error.errors()))


def _read_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass("Password: ")
    if getpass("Once more: ") != password:
        sys.exit("password: the two are not the same")
    return password
