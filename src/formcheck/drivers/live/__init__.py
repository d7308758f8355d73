"""One person in front of a live camera, picture by picture. Nothing here knows the web."""
