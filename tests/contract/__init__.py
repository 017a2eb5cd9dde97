"""The contract of a generated service, put to both frameworks from the outside."""
