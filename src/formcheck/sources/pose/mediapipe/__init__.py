"""The reference engine: MediaPipe's own runtime around the same networks."""
