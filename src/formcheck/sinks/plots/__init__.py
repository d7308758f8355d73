"""Draw result tables as figures."""
