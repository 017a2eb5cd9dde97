"""Unit tests of `scaffold.migrate`."""
