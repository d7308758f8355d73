"""What formcheck costs and how right it is; README.md names the command for each question."""
