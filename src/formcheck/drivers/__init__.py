"""Run the form checker on one recording, many recordings, or a live camera."""
