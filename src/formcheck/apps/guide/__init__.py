"""What a movement file says, for people: words, drawings, a strip of pictures, a page, lines for the terminal."""
