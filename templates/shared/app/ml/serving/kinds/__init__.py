"""The kinds of model: what each takes, gives, and answers."""
