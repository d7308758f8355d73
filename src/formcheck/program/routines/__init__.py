"""Routines: the file and its checks, its steps, and how it fits a person."""
