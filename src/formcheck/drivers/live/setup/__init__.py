"""From the first picture to the first second of a set."""
