"""Result tables → figures."""
