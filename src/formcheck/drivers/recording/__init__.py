"""Turn one recording into result files: open, find poses, judge, write."""
