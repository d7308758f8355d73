"""A therapist at work on a stored result: correct it, prescribe, print the report."""
