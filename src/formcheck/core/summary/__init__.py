"""One recording → its summary: records, totals, verdict, phrases."""
