"""The position of the camera, and advice to improve it."""
