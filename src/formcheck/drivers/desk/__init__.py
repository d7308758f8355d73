"""Watch a person at the desk, one look a second."""
