"""`python -m app.auth.create_user EMAIL`: create a user from the command line."""

import asyncio
import sys
import threading

from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.models import User
from app.auth.passwords import hash_password
from app.auth.registration_prompt import read_registration
from app.auth.schemas import Registration
from app.database import create_engine
from app.settings import Settings, load_settings


async def create_user(new: Registration, settings: Settings) -> None:
    """Create the user, or exit with one line that says why not."""
    engine = create_engine(settings)
    user = User(email=new.email, password_hash=hash_password(new.password))
    try:
        async with AsyncSession(engine) as session:
            session.add(user)
            await session.commit()
    except IntegrityError:
        sys.exit(f"email: {new.email} is taken")
    except (OSError, SQLAlchemyError) as error:
        sys.exit(f"DATABASE_URL: {str(error).splitlines()[0]}")
    finally:
        await engine.dispose()
        # The thread of a failed connection may still call the loop while it ends.
        for thread in set(threading.enumerate()) - {threading.current_thread()}:
            thread.join(timeout=5)
    print(f"Created {new.email}.")


if __name__ == "__main__":
    settings = load_settings()
    asyncio.run(create_user(read_registration(), settings))
