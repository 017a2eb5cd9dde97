"""Pages: HTML in which people use the service."""
