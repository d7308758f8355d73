"""Check many recordings, one after the other."""
