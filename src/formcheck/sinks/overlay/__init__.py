"""Draw a StepResult over the picture."""
