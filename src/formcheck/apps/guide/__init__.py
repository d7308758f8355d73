"""Explain a movement file to people: words, drawings, pictures, a page, terminal lines."""
