"""Pictures → poses: MediaPipe's networks, run by formcheck or by MediaPipe's runtime.

`engine.open_engine` loads the networks once per process; `engine.PoseEngine.follow` starts one recording.
"""
