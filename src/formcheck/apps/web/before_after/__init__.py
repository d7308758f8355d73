"""The page that leads through tests, one input, and the same tests again."""
