"""Pictures of the real program at work, for the manual and the README."""
