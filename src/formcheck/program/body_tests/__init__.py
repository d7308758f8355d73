"""The tests of assess, intervene, reassess, reset: protocols, trials, results and the visit."""
