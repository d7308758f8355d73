"""Recordings at addresses: which there are, and reading them."""
