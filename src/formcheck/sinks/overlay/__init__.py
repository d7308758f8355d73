"""StepResult → what is drawn over the picture."""
