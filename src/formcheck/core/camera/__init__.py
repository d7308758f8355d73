"""How the camera stands, and what to do about it."""
