"""Serve the live page: a camera in the browser and one socket to its session."""
