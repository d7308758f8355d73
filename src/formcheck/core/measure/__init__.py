"""One pose → measurements: joints put right, angles, the back, and how sure each number is."""
