"""The history of the people at this computer, in one SQLite file."""
