"""How the correction of the landmarks, the back's model and the uncertainties were learned: see README.md."""
