"""Who may open the app, and by which way."""
