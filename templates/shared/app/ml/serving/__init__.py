"""How the model is served. This folder is the template's: its updates replace it."""
