"""Tests on recordings, and visits in the history."""
