"""The page that shows what changed over the weeks."""
