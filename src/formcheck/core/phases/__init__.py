"""Where in the movement the person is: start posture, repetition, hold."""
