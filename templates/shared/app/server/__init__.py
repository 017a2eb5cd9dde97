"""How the server runs the application: the template's own code, which its updates replace."""
