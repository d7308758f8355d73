"""The desk: correct a result, prescribe, and make a report."""
