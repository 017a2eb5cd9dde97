"""What happens to a project that is there: updates, and how it differs from its template."""
