"""A phone in the home network as the camera of the live page."""
