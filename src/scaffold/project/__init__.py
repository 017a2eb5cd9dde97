"""What every command does in a project's folder: its environment, its secrets, its service."""
