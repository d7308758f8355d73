"""The camera: a pinhole, and where it must stand to have the whole movement in the picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from .geometry import Array

WIDTH, HEIGHT = 640, 480


def look_at(eye: ArrayLike, target: ArrayLike, up: ArrayLike = (0, 0, 1)) -> Array:
    """Return the 4x4 matrix from the world to the camera's frame."""
    eye, target, up = (np.asarray(a, float) for a in (eye, target, up))
    f = target - eye
    f /= np.linalg.norm(f)
    s = np.cross(f, up)
    s /= np.linalg.norm(s)
    m = np.eye(4)
    m[0, :3], m[1, :3], m[2, :3] = s, np.cross(s, f), -f
    m[:3, 3] = -m[:3, :3] @ eye
    return m


def _perspective(fov_y: float, aspect: float, near: float = 0.05, far: float = 40.0) -> Array:
    t = 1 / np.tan(np.radians(fov_y) / 2)
    depth = [(far + near) / (near - far), 2 * far * near / (near - far)]
    return np.array([[t / aspect, 0, 0, 0], [0, t, 0, 0], [0, 0, *depth], [0, 0, -1, 0]])


class Camera:
    """A pinhole camera; `fov_y` is its vertical field of view and `roll` its turn about the optical axis, degrees."""

    def __init__(self, eye: ArrayLike, target: ArrayLike, fov_y: float, roll: float = 0.0) -> None:
        self.eye, self.target = np.asarray(eye, float), np.asarray(target, float)
        self.fov_y, self.roll = fov_y, roll
        a, aspect = np.radians(roll), WIDTH / HEIGHT
        turn = np.eye(4)
        turn[:2, :2] = [[np.cos(a), -np.sin(a) / aspect], [np.sin(a) * aspect, np.cos(a)]]
        self.matrix = turn @ _perspective(fov_y, aspect) @ look_at(eye, target)

    def project(self, points: ArrayLike) -> Array:
        """Return the pixels (n, 2) of world points (n, 3); x to the right, y down."""
        p = np.atleast_2d(points)
        q = np.c_[p, np.ones(len(p))] @ self.matrix.T
        w = np.where(np.abs(q[:, 3]) < 1e-6, 1e-6, q[:, 3])
        return np.c_[(q[:, 0] / w * 0.5 + 0.5) * WIDTH, (0.5 - q[:, 1] / w * 0.5) * HEIGHT]

    def moved(self, shift: Array) -> Camera:
        """Return the camera shifted along the floor and tilted to keep its aim as far above it."""
        return Camera(self.eye + shift * [1, 1, 0], self.target + shift, self.fov_y, self.roll)

    def stepped_back(self, share: float) -> Camera:
        """Return the camera so much farther away, as high as it is, that the aim is drawn `share` as large."""
        away = (self.eye - self.target) * [1, 1, 0] / share
        return Camera(self.target + away + (self.eye - self.target) * [0, 0, 1], self.target, self.fov_y, self.roll)


def fit_camera(points: Array, aim: Array, direction: Array, *, height: float, distance: float, roll: float) -> Camera:
    """Return the camera with the smallest field of view in 36..66 degrees that has every point well inside.

    It steps back where no field of view, or only a very wide one nearby, does.

    Parameters
    ----------
    points : joints of all frames, (n, 3) metres.
    direction : unit vector on the floor from the person to the camera.
    height, distance : of the camera above the floor and from the aim, metres.
    """
    low, high = np.array([0.06 * WIDTH, 0.085 * HEIGHT]), np.array([0.94 * WIDTH, 0.95 * HEIGHT])
    for _ in range(12):
        eye = aim * [1, 1, 0] + direction * distance + [0, 0, height]
        for fov in range(36, 67, 2):
            camera = Camera(eye, aim, fov, roll)
            px = camera.project(points)
            if (px.min(0) > low).all() and (px.max(0) < high).all():
                if fov < 60 or distance > 3.4:
                    return camera
                break
        distance *= 1.07
    return camera


def crop_feet(camera: Camera, ankles: Array, shoulders: Array) -> Camera:
    """Return the camera moved towards the shoulders until every ankle has left the picture."""
    toward = (shoulders.mean(0) - ankles.mean(0)) * [1, 0, 1]
    toward /= np.linalg.norm(toward)
    shifted: Sequence[Camera] = [camera.moved(toward * s) for s in np.arange(0, 1.6, 0.03)]
    for moved in shifted:
        px = moved.project(ankles)
        if ((px[:, 0] < -8) | (px[:, 0] > WIDTH + 8) | (px[:, 1] > HEIGHT + 8)).all():
            return moved
    return shifted[-1]
