"""Pictures → poses: MediaPipe's pose networks, run by ourselves or by MediaPipe's own runtime.

`engine.open_engine` loads the networks once per process; `engine.PoseEngine.follow` starts one recording.
"""
