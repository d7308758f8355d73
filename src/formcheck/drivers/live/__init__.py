"""Coach one person at a live camera, picture by picture; know nothing of the web."""
