"""Show the library page: find a movement, see it done well, practise it."""
