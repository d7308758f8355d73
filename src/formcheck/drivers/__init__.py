"""What runs the line: one recording, many recordings, or a live camera."""
