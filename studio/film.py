"""A clip before it is drawn: who does what, where the camera stands, how the room looks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from . import rooms
from .bystander import Bystander, place_beside
from .camera import HEIGHT, WIDTH, Camera, crop_feet, fit_camera
from .dress import DressedBody
from .geometry import SIDE_NAME, Array
from .hard import back_place, hard_of, stand_in_front
from .light import Light
from .movement import Movement, Placed, put_on_floor
from .movements import MOVEMENTS
from .poses.hands import raise_hands
from .script import Script
from .session import Session
from .spoil import Image, far_share, spoil_all
from .truth import JOINTS, TruthRecorder, out_of_chest
from .worlds import WORLDS, cut, make_body, make_clothes, pick

if TYPE_CHECKING:
    from .render import Renderer  # needs OpenGL, which the truth does not

SCHEMA_VERSION = "clipstudio-truth-1"
FPS = 15
FLOOR_Z = 0.006
"""Top of the exercise mat, metres."""
_SIDE = {"left": "L", "right": "R"}
_CAMERA_HEIGHTS = dict(mat=(0.28, 0.45), laptop=(0.70, 0.85), table=(0.95, 1.2))
_NOT_DOING = ("walk", "out_of_view")


class Film:
    """Everything about a clip that is fixed before drawing: script, poses of all frames, camera, room, light.

    Parameters
    ----------
    spec : an entry of a clip list; `README.md` says what it may hold. Its seed fixes everything that is left open.
    world : name of the palette, see `worlds.WORLDS`.
    """

    def __init__(self, spec: dict[str, Any], world: str) -> None:
        self.spec, self.world = spec, world
        rng = np.random.default_rng(spec["seed"])
        self.body = make_body(rng, world)
        self.fit, self.clothes = make_clothes(rng, world)
        if "fit" in spec:
            self.fit = spec["fit"]
            self.clothes |= cut(self.fit)
        self.clothes |= spec.get("clothes", {})
        self.picture: dict[str, float] = spec.get("picture", {})
        self.far = far_share(self.picture)
        self.is_empty = spec.get("movement") is None
        self.near = _SIDE[spec.get("side", "right")]
        self.script = self._write_script()
        if self.movement.on_back:
            self.clothes["hairstyle"] = "short"
        seconds = spec.get("seconds", 8) if self.is_empty else self.script.duration
        self.times = np.arange(round(seconds * FPS)) / FPS
        self.placed = [] if self.is_empty else self._place_all()
        self._set_camera(rng)
        self._set_room(rng)
        self._add_what_is_hard()

    # The person -----------------------------------------------------------------------------------------------------

    def _write_script(self) -> Script | Session:
        parts = self.spec.get("parts", [self.spec])
        scripts = [self._script_of(part, self.spec["seed"] + 7 + i) for i, part in enumerate(parts)]
        return Session(scripts) if "parts" in self.spec else scripts[0]

    def _script_of(self, part: dict[str, Any], seed: int) -> Script:
        movement = MOVEMENTS[part.get("movement") or "hamstring_hinge_standing"]
        options = {k: part[k] for k in ("faults", "depth", "tempo", "changes", "reps", "raises") if k in part}
        return Script(movement, self.body, _SIDE[part.get("side", "right")], seed=seed, **options)

    @property
    def scripts(self) -> Sequence[Script]:
        """The scripts of the clip, one for each movement."""
        return self.script.scripts if isinstance(self.script, Session) else [self.script]

    @property
    def movement(self) -> Movement:
        """The first movement."""
        return self.scripts[0].movement

    def _place(self, t: float) -> Placed:
        """Return the person at time t."""
        c, side, build = self.script.placement(t)
        pose, anchor = build(self.body, c, side)
        raise_hands(self.body, pose, c)
        step = self.script.step_at(t)
        return put_on_floor(self.body, pose, anchor, time_s=t, step=step, floor_z=FLOOR_Z)

    def _place_all(self) -> list[Placed]:
        """Place every frame and the furniture, then move it all so that the movement is centred on x = 0."""
        placed = [self._place(t) for t in self.times]
        xs = [j[0] for p in placed if p.step.phase not in _NOT_DOING for k, j in p.joints.items() if k in JOINTS]
        move = np.array([-(min(xs) + max(xs)) / 2, 0, 0])
        self.furniture = [dict(m, v=m["v"] + move) for s in self.scripts for m in s.movement.furniture(s, placed)]
        return [p._replace(joints={k: v + move for k, v in p.joints.items()}, shift=p.shift + move) for p in placed]

    # The camera -----------------------------------------------------------------------------------------------------

    def _set_camera(self, rng: np.random.Generator) -> None:
        spec = self.spec
        side_sign = -1.0 if self.near == "R" else 1.0
        self.view = spec.get("view", self.movement.view)
        self.yaw = float(spec.get("yaw", rng.uniform(-12, 12)))
        heights = _CAMERA_HEIGHTS.get(spec.get("height", ""), self.movement.camera_height)
        height, distance = float(rng.uniform(*heights)), float(spec.get("distance", rng.uniform(2.3, 3.3)))
        a = np.radians(self.yaw)
        direction = np.array([np.sin(a), side_sign * np.cos(a), 0])
        if self.view == "front":
            direction = np.array([np.cos(a), side_sign * np.sin(a), 0])
        roll = float(spec.get("roll", rng.uniform(-1.2, 1.2)))
        points, aim = self._points(), np.array([0, 0, 0.8])
        if self.is_empty:
            self.camera = Camera(aim * [1, 1, 0] + direction * distance + [0, 0, height], aim, 52, roll)
        else:
            aim[2] = (points[:, 2].min() + points[:, 2].max()) / 2
            self.camera = fit_camera(points, aim, direction, height=height, distance=distance, roll=roll)
        if self.far < 1:
            self.camera = self.camera.stepped_back(self.far)
        if spec.get("crop") == "feet":
            held = [p.joints for p in self.placed if p.step.phase == "hold"]
            ankles = np.array([j["ankle" + s] for j in held for s in "LR"])
            self.camera = crop_feet(self.camera, ankles, np.array([j["shoulderL"] for j in held]))
        self.distance = float(np.linalg.norm((self.camera.eye - aim)[:2]))
        ahead = np.diff(self.camera.project([[0.0, 0, 0.8], [0.3, 0, 0.8]])[:, 0])[0]
        self.facing = 1 if ahead > 0 else -1

    def _points(self) -> Array:
        """Return every joint that must be in the picture, (n, 3) metres."""
        frames = [p for p in self.placed if p.step.phase not in _NOT_DOING]
        return np.array([p.joints[k] for p in frames for k in JOINTS])

    # The surroundings -----------------------------------------------------------------------------------------------

    def _set_room(self, rng: np.random.Generator) -> None:
        w, front = WORLDS[self.world], self.view == "front"
        near_sign = -1 if self.near == "R" else 1
        floor, floor_kind = pick(rng, w["floors"])
        wall_distance = float(rng.uniform(1.3, 2.3))
        self.room = rooms.room(
            wall_distance,
            wall=np.array(pick(rng, w["walls"])) * rng.uniform(0.9, 1.1),
            floor=np.array(floor) * rng.uniform(0.8, 1.25),
            mat=None if rng.uniform() < 0.25 else rng.uniform(0.12, 0.55, 3),
            floor_kind=floor_kind,
            wall_kind=pick(rng, w["wall_kinds"]),
            props=[p for p in pick(rng, w["props"]) if p in rooms.FLAT or "second_person" not in self.spec],
            near_sign=near_sign,
            front=front,
            size=1 / self.far,
        )
        self.room += [] if self.is_empty else self.furniture
        self.wall_planes = [(0, -wall_distance)] if front else [(1, -near_sign * wall_distance)]
        self.lamp = key = float(rng.uniform(*w["key"]))
        toward = np.array([rng.uniform(-1.2, 1.2), near_sign * rng.uniform(0.5, 1.3), rng.uniform(0.9, 1.9)])
        if front:
            toward = np.array([rng.uniform(0.5, 1.3), rng.uniform(-1, 1), rng.uniform(0.9, 1.9)])
        tint, ambient = rng.uniform(0.92, 1.08, 3), 0.5 + 0.5 * key
        self.light = Light(
            toward,
            color=np.array([1.9, 1.8, 1.65]) * key * tint,
            sky=np.array([0.55, 0.58, 0.65]) * ambient,
            ground=np.array([0.30, 0.27, 0.24]) * ambient,
        )
        self.blur, self.noise = float(rng.uniform(0.45, 0.9)), float(rng.uniform(1.2, 3.0))
        self.gain = rng.uniform(0.95, 1.05, 3)

    def _add_what_is_hard(self) -> None:
        """Add a second person behind and furniture in front; random numbers of their own leave all else as it is."""
        self.bystander: Bystander | None = None
        if "second_person" in self.spec:
            self.bystander = self._second_person(**self.spec["second_person"])
            self.room += self.bystander.furniture
        if "in_front" in self.spec:
            held = [p for p in self.placed if p.step.phase == "hold"]
            place = back_place(self.body, held[len(held) // 2], self.near, self.spec["in_front"]["share"])
            self.room += stand_in_front(self.spec["in_front"]["kind"], place, self.placed, self.camera)

    def _second_person(self, posture: str, column: float) -> Bystander:
        (axis, wall), away = self.wall_planes[0], np.zeros(2)
        away[axis] = np.sign(wall)
        behind_m = min(abs(wall) - 0.42, 1.1)
        place = place_beside(self.camera, away, behind_m, column)
        rng = np.random.default_rng([self.spec["seed"], 21])
        return Bystander(posture, self.world, rng, place=place, away=away)

    # Output ---------------------------------------------------------------------------------------------------------

    def images(self, renderer: Renderer, frames: Sequence[int] | None = None) -> Iterator[Image]:
        """Yield the pictures of the frames (all by default), RGB, with the softness and the noise of a webcam."""
        dressed = DressedBody(self.body, **self.clothes)
        renderer.start_clip(self.room, self.camera, self.light, self.wall_planes)
        grain = np.random.default_rng(self.spec["seed"] + 3).normal(0, self.noise, (HEIGHT + 64, WIDTH + 64))
        grain = cv2.merge([np.rint(grain.astype("f4")).astype(np.int16)] * 3)
        gain = np.clip(np.arange(256)[:, None] * self.gain, 0, 255).astype(np.uint8).reshape(1, 256, 3)
        shake = np.random.default_rng(self.spec["seed"] + 4)
        poor = np.random.default_rng([self.spec["seed"], 22])
        for i in range(len(self.times)) if frames is None else frames:
            image = renderer.frame(self._meshes(dressed, i))
            dy, dx = shake.integers(0, 64, 2)
            image = cv2.LUT(cv2.GaussianBlur(image, (0, 0), self.blur), gain)
            image = cv2.add(image, grain[dy : dy + HEIGHT, dx : dx + WIDTH], dtype=cv2.CV_8U)
            yield spoil_all(image, self.picture, poor)
        renderer.end_clip()

    def _meshes(self, dressed: DressedBody, i: int) -> list[dict[str, Any]]:
        others = [] if self.bystander is None else self.bystander.meshes(self.times[i])
        if self.is_empty or self.placed[i].step.phase == "out_of_view":
            return others
        p = self.placed[i]
        return others + [dict(part, v=part["v"] + p.shift) for part in dressed.meshes(p.world, p.pos)]

    def sidecar(self) -> dict[str, Any]:
        """Return the truth of the clip; `README.md` says what its fields mean."""
        spec, is_session = self.spec, isinstance(self.script, Session)
        name = "session" if is_session else self.movement.catalogue_id or self.movement.id
        sided = not self.is_empty and not is_session and self.movement.one_sided
        camera = dict(
            yaw_deg=round(self.yaw, 1),
            roll_deg=round(self.camera.roll, 2),
            height_m=round(float(self.camera.eye[2]), 2),
            distance_m=round(self.distance, 2),
            fov_deg=self.camera.fov_y,
            view=self.view,
            crop=spec.get("crop"),
        )
        clothing = dict(fit=self.fit, top=self.clothes["sleeve"], legs=self.clothes["legs"])
        clothing |= dict(hair=self.clothes["hairstyle"], droop_m=self.clothes["droop"], loose_m=self.clothes["loose"])
        look: dict[str, Any] = {k: list(self.clothes[k]) for k in ("skin", "shirt", "trousers", "hair")}
        look |= dict(face=self.clothes.get("face", "open"), lamp=round(self.lamp, 3))
        return dict(
            **{k: spec[k] for k in ("title", "shows") if k in spec},
            schema_version=SCHEMA_VERSION,
            clip=spec["clip"],
            movement=None if self.is_empty else name,
            side=SIDE_NAME[self.near] if sided else None,
            near_side=SIDE_NAME[self.near],
            facing_image="right" if self.facing > 0 else "left",
            fps=FPS,
            width=WIDTH,
            height=HEIGHT,
            seed=spec["seed"],
            world=self.world,
            camera=camera,
            body={k: round(float(v), 3) for k, v in self.body.params.items()}
            | dict(trunk_m=round(self.body.trunk_len, 3)),
            clothing=clothing,
            look=look,
            **(dict(hard=hard_of(spec)) if hard_of(spec) else {}),
            **(dict(segments=self.script.segments()) if is_session else {}),
            repetitions=[] if self.is_empty else self.script.repetitions(),
            faults=[] if self.is_empty else self.script.fault_windows(),
            **(dict(raised_hands=self.scripts[0].raised_hands()) if "raises" in spec else {}),
            expect_cannot_tell=self._not_to_be_judged(),
            note=spec.get("note", ""),
            frames=self._truth().frames(),
        )

    def _not_to_be_judged(self) -> list[str]:
        """Return the faults that an honest checker leaves open in this clip, or "person" where there is none."""
        if self.is_empty:
            return ["person"]
        if self.spec.get("crop") == "feet":
            return list(self.movement.ankle_faults)
        return list(self.movement.sagittal_faults) if self.view == "oblique" else []

    def _truth(self) -> TruthRecorder:
        truth = TruthRecorder(self.camera, self.near, self.facing)
        if self.is_empty:
            for t in self.times:
                truth.add_empty(t, "empty")
        for p in self.placed:
            if p.step.phase == "out_of_view":
                truth.add_empty(p.time_s, p.step.phase)
            else:
                skin = self.body.skin(p.world, p.pos) + p.shift
                truth.add(p, skin, out_of_chest(self.body, p))
        return truth
