"""The movement file: its contents, loading and checks."""
