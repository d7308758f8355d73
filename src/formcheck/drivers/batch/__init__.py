"""Score many recordings into one table."""
