"""Many recordings → one table."""
