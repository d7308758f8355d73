"""Show the review page: one recording, its verdict, and where in it."""
