"""A template: where it is read from, what it asks, what it makes of the answers."""
