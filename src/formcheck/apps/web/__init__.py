"""Serve the app: one server on this machine, its pages and its live page."""
