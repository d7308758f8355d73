"""The printed report of a session: its content, and the two forms it takes."""
