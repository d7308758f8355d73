"""Motion in the files of biomechanics programs."""
