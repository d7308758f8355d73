"""One recording → result files: open, find poses, judge, write."""
