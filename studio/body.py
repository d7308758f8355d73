"""One body: its shape, its skeleton, and where its skin goes in a pose.

A pose is a plain dict of angles. Pitches are world pitches about +y; a limb with pitch 0 hangs straight down and a
positive pitch swings its lower end backwards (thigh -90: sitting, thigh +90: lying face down).

    yaw, pelvis, roll                    orientation of the pelvis (pelvis +90: belly down, -90: on the back)
    lumbar, thoracic, neck, head         flexion of the spine against relaxed standing (+ = bend forward)
    side_bend                            lateral bend of the spine
    thigh, shank, foot, toe_bend         pitches of the leg (shank defaults to thigh, foot to shank)
    abd, abd_shank, abd_foot, hip_rot    outward tilt of thigh, shank, foot; axial rotation of the leg
    uparm, forearm, arm_abd, fore_abd    pitches and outward tilt of the arm
    shrug, protract, pron, curl          shoulder girdle, pronation of the forearm, curl of the fingers to the palm
    hand_dir, palm                       world direction of the fingers and of the palm's normal
    uparm_dir, forearm_dir               unit vectors written by `arm_ik`; they override the pitches of the arm

Keys of limbs may end in L or R, which wins over the plain key.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .geometry import SIDES, Array, Pose, cross, rot_x, rot_y, rot_z, rotation_about, shortest_rotation, unit
from .mesh import N_SKIN, load_mesh, weight_of

JOINT_BONE = dict(
    hip="upperleg01", knee="lowerleg01", ankle="foot", shoulder="upperarm01", elbow="lowerarm01", wrist="wrist",
    toe="toe2-2", index="finger2-1",
)  # fmt: skip
SPINE_BONES = ("root", "spine05", "spine04", "spine03", "spine02", "spine01", "neck01", "head")
SPINE_SHARE = (
    ("spine05", "lumbar", 0.16), ("spine04", "lumbar", 0.42), ("spine03", "lumbar", 0.42),
    ("spine02", "thoracic", 0.5), ("spine01", "thoracic", 0.5),
    ("neck01", "neck", 0.34), ("neck02", "neck", 0.33), ("neck03", "neck", 0.33), ("head", "head", 1.0),
)  # fmt: skip
"""How the flexion of a region is spread over its bones."""


def _knots(x: float, names: tuple[str, ...]) -> dict[str, float]:
    """Return the weights of 2 or 3 named shapes at position x in 0..1."""
    if len(names) == 2:
        return {names[0]: 1 - x, names[1]: x}
    return {names[0]: max(0, 1 - 2 * x), names[1]: 1 - abs(2 * x - 1), names[2]: max(0, 2 * x - 1)}


class Body:
    """A body of one shape.

    Parameters
    ----------
    gender, muscle, weight : 0..1.
    age : 0 young .. 1 old.
    ancestry : shares of the three ancestry shapes, sum 1.
    height : metres.
    """

    def __init__(
        self, *, gender: float, age: float, muscle: float, weight: float, ancestry: ArrayLike, height: float
    ) -> None:
        self.params = dict(gender=gender, age=age, muscle=muscle, weight=weight, height_m=height)
        self.mesh = load_mesh()
        shape = self.mesh.base.copy()
        for name, amount in self._target_mix(gender, age, muscle, weight, ancestry).items():
            if abs(amount) > 1e-6:
                shape += amount * self.mesh.target(name)
        self.scale = height / np.ptp(shape[:N_SKIN, 2])
        self.rest = shape * self.scale
        self.head = np.array([self.rest[row[row >= 0]].mean(0) for row in self.mesh.head_vertices])
        self._find_canonical_rotations()
        self._find_landmarks()
        self._measure_segments()

    @staticmethod
    def _target_mix(gender: float, age: float, muscle: float, weight: float, ancestry: ArrayLike) -> dict[str, float]:
        mix = {}
        levels = ("min", "average", "max")
        for g, a in _knots(gender, ("female", "male")).items():
            for ag, b in _knots(age, ("young", "old")).items():
                for m, d in _knots(muscle, levels).items():
                    for w, e in _knots(weight, levels).items():
                        mix[f"u-{g}-{ag}-{m}-{w}"] = a * b * d * e
                for r, f in zip(("african", "asian", "caucasian"), np.asarray(ancestry), strict=True):
                    mix[f"r-{r}-{g}-{ag}"] = a * b * f
        return mix

    def rest_joint(self, bone: str) -> Array:
        """Return where the head of a bone is in the rest shape, metres."""
        return self.head[self.mesh.bone[bone]]

    def _measure_segments(self) -> None:
        def length(a: str, b: str) -> float:
            return float(np.linalg.norm(self.rest_joint(a) - self.rest_joint(b)))

        self.thigh_len, self.shank_len = length("upperleg01.L", "lowerleg01.L"), length("lowerleg01.L", "foot.L")
        self.uparm_len, self.forearm_len = length("upperarm01.L", "lowerarm01.L"), length("lowerarm01.L", "wrist.L")
        self.arm_len = self.uparm_len + self.forearm_len
        trunk = self.rest_joint("upperarm01.L") - self.rest_joint("upperleg01.L")
        self.trunk_len = float(np.linalg.norm(trunk[[0, 2]]))
        self.ankle_h = float(self.rest_joint("foot.L")[2] - self.rest[:N_SKIN, 2].min())

    def _find_canonical_rotations(self) -> None:
        """Find the rotations from the rest shape to a limb that hangs along -z with the elbow bending forward."""
        self.canon = {}
        down = np.array([0, 0, -1.0])
        for sd, _ in SIDES:
            hip, knee, ankle = (self.rest_joint(f"{b}.{sd}") for b in ("upperleg01", "lowerleg01", "foot"))
            self.canon["thigh", sd] = shortest_rotation(knee - hip, down)
            self.canon["shank", sd] = shortest_rotation(ankle - knee, down)
            toe = self.rest_joint(f"toe2-1.{sd}") - ankle
            self.canon["foot", sd] = rot_z(-np.degrees(np.arctan2(toe[1], toe[0])) * 0.75)
            shoulder, elbow, wrist = (self.rest_joint(f"{b}.{sd}") for b in ("upperarm01", "lowerarm01", "wrist"))
            c = shortest_rotation(elbow - shoulder, down)
            fore = c @ (wrist - elbow)
            self.canon["uparm", sd] = rot_z(-np.degrees(np.arctan2(fore[1], fore[0]))) @ c
            middle, index, little = (self.rest_joint(f"finger{k}-1.{sd}") for k in (3, 2, 5))
            c = shortest_rotation(wrist - elbow, down)
            radial = c @ (index - little)
            self.canon["forearm", sd] = rot_z(-np.degrees(np.arctan2(radial[1], radial[0]))) @ c
            along = unit(middle - wrist)
            radial = index - little
            radial = unit(radial - along * (radial @ along))
            self.canon["hand", sd] = np.stack([radial, cross(-along, radial), -along], 1).T

    def _find_landmarks(self) -> None:
        """Find nose, ears and heels, which are no bones, as points fixed to the bones of head and foot."""
        head, k, v = self.rest_joint("head"), self.scale, self.rest[:N_SKIN]
        rel = (v - head * [1, 0, 1]) / k
        is_head = weight_of("head")[:N_SKIN] > 0.5
        face = is_head & (np.abs(v[:, 1]) < 0.02 * k)
        self.landmarks = {"nose": ("head", v[face][np.argmax(v[face][:, 0])] - head)}
        for sd, sign in SIDES:
            ear = is_head & (sign * rel[:, 1] > 0.066) & (np.abs(rel[:, 0] - 0.0025) < 0.0325) & (rel[:, 2] < 0.068)
            centre = v[ear].mean(0) if ear.any() else head + np.array([0, sign * 0.07, 0.05]) * k
            self.landmarks["ear" + sd] = ("head", centre - head)
            ankle = self.rest_joint(f"foot.{sd}")
            foot = v[weight_of(f"foot.{sd}")[:N_SKIN] > 0.4]
            heel = np.array([foot[:, 0].min() + 0.012 * k, ankle[1], ankle[2] - 0.045 * k])
            self.landmarks["heel" + sd] = (f"foot.{sd}", heel - ankle)

    # Kinematics -----------------------------------------------------------------------------------------------------

    def forward(self, pose: Pose) -> tuple[Array, Array]:
        """Return rotations (bones, 3, 3) and head positions (bones, 3) of a pose; the pelvis stays where it rests."""
        mesh = self.mesh
        driven = {mesh.bone[b]: r for b, r in self._driven_rotations(pose).items()}
        curl = {sd: self._finger_curl(pose, sd) for sd in "LR"}
        world, pos = np.empty((len(mesh.bones), 3, 3)), np.zeros((len(mesh.bones), 3))
        world[0], pos[0] = driven[0], self.head[0]
        for level in mesh.levels:
            par = mesh.parent[level]
            world[level] = world[par]
            for i in driven.keys() & level:
                world[i] = driven[i]
            for i in mesh.fingers.keys() & level:
                world[i] = world[i] @ curl[mesh.fingers[i]]
            pos[level] = pos[par] + np.einsum("nij,nj->ni", world[par], self.head[level] - self.head[par])
        return world, pos

    def _finger_curl(self, pose: Pose, sd: str) -> Array:
        axis = self.canon["hand", sd].T @ np.array([1.0, 0, 0])
        return rotation_about(axis, pose.get("curl" + sd, pose.get("curl", 8)) * (-1 if sd == "L" else 1))

    def _driven_rotations(self, pose: Pose) -> dict[str, Array]:
        yaw = rot_z(pose.get("yaw", 0))
        acc = yaw @ rot_y(pose.get("pelvis", 0)) @ rot_x(pose.get("roll", 0))
        rot = {"root": acc}
        lateral = rot_x(pose.get("side_bend", 0) * 0.2)
        for bone, key, share in SPINE_SHARE:
            acc = acc @ rot_y(pose.get(key, 0) * share)
            if bone.startswith("spine"):
                acc = acc @ lateral
            rot[bone] = acc
        for sd, sign in SIDES:
            limb = _Limb(pose, sd)
            self._turn_leg(limb, rot, yaw, sign)
            self._turn_arm(limb, rot, yaw, sign)
        return rot

    def _turn_leg(self, s: _Limb, rot: dict[str, Array], yaw: Array, sign: int) -> None:
        sd, pitch = s.side, s("thigh")
        shin = s("shank", pitch)
        thigh = yaw @ rot_y(pitch) @ rot_x(sign * s("abd")) @ rot_z(sign * s("hip_rot"))
        shank = yaw @ rot_y(shin) @ rot_x(sign * s("abd_shank", s("abd"))) @ rot_z(sign * s("shank_rot", s("hip_rot")))
        foot = yaw @ rot_y(s("foot", shin)) @ rot_x(sign * s("abd_foot")) @ rot_z(sign * s("toe_out", 6))
        rot[f"upperleg01.{sd}"] = rot[f"upperleg02.{sd}"] = thigh @ self.canon["thigh", sd]
        rot[f"lowerleg01.{sd}"] = rot[f"lowerleg02.{sd}"] = shank @ self.canon["shank", sd]
        rot[f"foot.{sd}"] = foot @ self.canon["foot", sd]
        if s("toe_bend"):
            toes = foot @ rot_y(s("toe_bend")) @ self.canon["foot", sd]
            rot |= {b: toes for b in self.mesh.bones if b.startswith("toe") and b.endswith("-1." + sd)}

    def _turn_arm(self, s: _Limb, rot: dict[str, Array], yaw: Array, sign: int) -> None:
        sd, chest = s.side, rot["spine01"]
        if "uparm_dir" + sd in s.pose:
            upper, fore = self._arm_frames(s.pose, yaw, sd)
        else:
            upper = yaw @ rot_y(s("uparm")) @ rot_x(sign * s("arm_abd", 4))
            fore = yaw @ rot_y(s("forearm", s("uparm"))) @ rot_x(sign * s("fore_abd", s("arm_abd", 4)))
        lift, turn = sign * s("shrug"), sign * s("protract")
        rot[f"clavicle.{sd}"] = chest @ rot_x(lift) @ rot_z(turn)
        rot[f"shoulder01.{sd}"] = chest @ rot_x(lift * 1.5) @ rot_z(turn * 1.3)
        rot[f"upperarm01.{sd}"] = rot[f"upperarm02.{sd}"] = upper @ self.canon["uparm", sd]
        pronation = -sign * s("pron")
        rot[f"lowerarm01.{sd}"] = fore @ rot_z(pronation * 0.35) @ self.canon["forearm", sd]
        rot[f"lowerarm02.{sd}"] = fore @ rot_z(pronation * 0.75) @ self.canon["forearm", sd]
        hand = fore @ rot_z(pronation) if s("hand_dir", None) is None else self._hand_frame(s, yaw)
        rot[f"wrist.{sd}"] = hand @ self.canon["hand", sd]

    @staticmethod
    def _hand_frame(s: _Limb, yaw: Array) -> Array:
        along = unit(yaw @ np.asarray(s("hand_dir"), float))
        normal = yaw @ np.asarray(s("palm", (0, 0, -1.0)), float)
        normal = unit(normal - along * (normal @ along))
        radial = cross(normal, along) * (1 if s.side == "L" else -1)
        return np.stack([radial, cross(-along, radial), -along], 1)

    @staticmethod
    def _arm_frames(pose: Pose, yaw: Array, sd: str) -> tuple[Array, Array]:
        """Return the frames of upper arm and forearm from the directions that `arm_ik` found."""
        up, fo = pose["uparm_dir" + sd], pose["forearm_dir" + sd]
        bend = fo - up * (fo @ up)
        trunk = yaw @ rot_y(pose.get("pelvis", 0) + pose.get("lumbar", 0) + pose.get("thoracic", 0))
        front = trunk @ np.array([1.0, 0, 0])
        forward = unit(bend) if np.linalg.norm(bend) > 0.05 else unit(front - up * (front @ up))
        upper = np.stack([forward, cross(-up, forward), -up], 1)
        flat = forward - fo * (forward @ fo) if abs(forward @ fo) < 0.98 else -up - fo * (-up @ fo)
        flat = unit(flat)
        return upper, np.stack([flat, cross(-fo, flat), -fo], 1)

    def joints(self, world: Array, pos: Array) -> dict[str, Array]:
        """Return name -> joint centre in metres; names of limbs end in L or R."""
        row = self.mesh.bone
        out = {k + sd: pos[row[f"{b}.{sd}"]] for k, b in JOINT_BONE.items() for sd in "LR"}
        for name, (bone, offset) in self.landmarks.items():
            out[name] = pos[row[bone]] + world[row[bone]] @ offset
        return out | {b: pos[row[b]] for b in SPINE_BONES}

    def joints_of(self, pose: Pose) -> dict[str, Array]:
        """Return the joint centres of a pose; the pelvis stays at its rest place."""
        return self.joints(*self.forward(pose))

    def arm_ik(self, pose: Pose, sd: str, target: ArrayLike, elbow_hint: ArrayLike) -> None:
        """Point the arm so that the wrist reaches the target (metres, frame of `joints_of`), elbow towards the hint."""
        to = np.asarray(target, float) - self.joints_of(pose)["shoulder" + sd]
        a, b = self.uparm_len, self.forearm_len
        dist = np.clip(np.linalg.norm(to), abs(a - b) + 0.02, (a + b) * 0.997)
        to = unit(to)
        cosine = np.clip((a * a + dist * dist - b * b) / (2 * a * dist), -1, 1)
        hint = np.asarray(elbow_hint, float)
        hint = unit(hint - to * (hint @ to))
        elbow = to * cosine * a + hint * a * np.sqrt(1 - cosine * cosine)
        pose["uparm_dir" + sd] = unit(elbow)
        pose["forearm_dir" + sd] = unit(to * dist - elbow)

    def skin_matrices(self, world: Array, pos: Array) -> tuple[Array, Array]:
        """Return the blended transform of every vertex: rotations (n, 3, 3) and translations (n, 3)."""
        t = pos - np.einsum("nij,nj->ni", world, self.head)
        blended = self.mesh.weight @ np.concatenate([world.reshape(-1, 9), t], 1)
        return blended[:, :9].reshape(-1, 3, 3), blended[:, 9:]

    def skin(self, world: Array, pos: Array) -> Array:
        """Return the naked surface in a pose, (N_SKIN, 3) metres."""
        m, t = self.skin_matrices(world, pos)
        return np.einsum("nij,nj->ni", m[:N_SKIN], self.rest[:N_SKIN]) + t[:N_SKIN]


class _Limb:
    """Looks a key up for one side: `thighL` wins over `thigh`."""

    def __init__(self, pose: Pose, side: str) -> None:
        self.pose, self.side = pose, side

    def __call__(self, key: str, default: Any = 0.0) -> Any:
        return self.pose.get(key + self.side, self.pose.get(key, default))
