"""`python -m app.auth.create_user EMAIL`: create a user from the command line."""

import sys

from flask import Flask
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from app.auth.models import User
from app.auth.passwords import hash_password
from app.auth.registration_prompt import read_registration
from app.auth.schemas import Registration
from app.database import db
from app.main import create_app
from app.settings import load_settings


def create_user(new: Registration, app: Flask) -> None:
    """Create the user, or exit with one line that says why not."""
    user = User(email=new.email, password_hash=hash_password(new.password))
    try:
        with app.app_context():
            db.session.add(user)
            db.session.commit()
    except IntegrityError:
        sys.exit(f"email: {new.email} is taken")
    except SQLAlchemyError as error:
        sys.exit(f"DATABASE_URL: {str(error).splitlines()[0]}")
    print(f"Created {new.email}.")


if __name__ == "__main__":
    app = create_app(load_settings())
    create_user(read_registration(), app)
