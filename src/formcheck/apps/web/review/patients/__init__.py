"""The patients of a therapist: their folders, opened and locked from a page."""
