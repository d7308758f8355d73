"""One pose → measurements: corrected joints, angles, the back, and uncertainties."""
