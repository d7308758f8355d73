"""Clips of a computer-drawn person doing the movements, with the exact truth beside each clip."""
