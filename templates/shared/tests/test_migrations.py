"""The migrations make what the models describe, and can be taken back."""

from alembic import command
from alembic.config import Config


def test_the_migrations_make_what_the_models_describe(alembic_config: Config) -> None:
    command.check(alembic_config)


def test_the_migrations_can_be_taken_back(alembic_config: Config) -> None:
    command.downgrade(alembic_config, "base")
    command.upgrade(alembic_config, "head")
