"""Routines: the file, its checks, the plan of its steps, and how the plan fits a person and their minutes."""
