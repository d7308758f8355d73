"""Off-screen drawing with moderngl, no GPU needed: one key light with a shadow, light from all around, smooth edges.

The room does not move, so it is drawn once per clip. Every later frame draws only the rectangle that the person and the
person's shadow can touch, which is three times faster on a CPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import moderngl
import numpy as np
from numpy.typing import NDArray

from .camera import HEIGHT, WIDTH, Camera
from .light import Light

Mesh = dict[str, Any]
"""v places, n normals, c colours, rest places in the rest shape, f triangles, mat material, cast: throws a shadow."""
_SHADERS = Path(__file__).with_name("shaders")
_SHADOW_PX = 1024
_REACH_M = 7
"""How far from the middle a shadow matters."""


class _Uploaded(NamedTuple):
    casts: bool
    full: moderngl.VertexArray
    shadow: moderngl.VertexArray
    buffers: tuple[moderngl.Buffer, moderngl.Buffer]

    def release(self) -> None:
        for part in (self.full, self.shadow, *self.buffers):
            part.release()


class Renderer:
    """Draws clips one after another; making one takes a moment, so keep it."""

    def __init__(self) -> None:
        self.ctx = moderngl.create_context(standalone=True, backend="egl")
        self.program = self._program("scene")
        self.shadow_program = self._program("shadow")
        size = (WIDTH, HEIGHT)
        self.multi = self.ctx.framebuffer(
            [self.ctx.renderbuffer(size, 3, samples=4)], self.ctx.depth_renderbuffer(size, samples=4)
        )
        self.single = self.ctx.framebuffer([self.ctx.renderbuffer(size, 3)])
        self.shadow_map = self.ctx.depth_texture((_SHADOW_PX, _SHADOW_PX))
        self.shadow_map.compare_func = "<="
        self.shadow = self.ctx.framebuffer(depth_attachment=self.shadow_map)
        self.ctx.enable(moderngl.DEPTH_TEST)

    def _program(self, name: str) -> moderngl.Program:
        vertex, fragment = ((_SHADERS / f"{name}.{end}").read_text(encoding="utf-8") for end in ("vert", "frag"))
        return self.ctx.program(vertex, fragment)

    def start_clip(
        self, room: Sequence[Mesh], camera: Camera, light: Light, wall_planes: Sequence[tuple[int, float]]
    ) -> None:
        """Draw the room that stays. `wall_planes`: (axis, value) of the walls a shadow may fall on."""
        self.camera, self.light, self.wall_planes = camera, light, wall_planes
        self.room = [self._upload(m) for m in room]
        self._set_uniforms()
        self._draw(self.room, None)
        self.empty = self._read()

    def end_clip(self) -> None:
        """Free what belongs to the room."""
        for mesh in self.room:
            mesh.release()

    def frame(self, person: Sequence[Mesh]) -> NDArray[np.uint8]:
        """Return the picture (HEIGHT, WIDTH, 3) of the room with the person; no meshes give the empty room."""
        image = self.empty.copy()
        box = self._touched_box(person) if person else None
        if box is None:
            return image
        uploaded = [self._upload(m) for m in person]
        self._draw(self.room + uploaded, box)
        new = self._read()
        for mesh in uploaded:
            mesh.release()
        x0, y0, x1, y1 = box
        image[HEIGHT - y1 : HEIGHT - y0, x0:x1] = new[HEIGHT - y1 : HEIGHT - y0, x0:x1]
        return image

    def _touched_box(self, person: Sequence[Mesh]) -> tuple[int, int, int, int] | None:
        """Return the rectangle (x0, y0, x1, y1; y up) of the person and of every shadow on floor and walls."""
        v = np.concatenate([m["v"][::7] for m in person])
        points, d = [v], self.light.direction
        for axis, value in [(2, 0.0), *self.wall_planes]:
            if abs(d[axis]) > 1e-3:
                steps = (v[:, axis] - value) / d[axis]
                hit = v - d * steps[:, None]
                points.append(hit[(steps > 0) & (hit[:, 2] > -0.05) & (np.abs(hit).max(1) < _REACH_M)])
        px = self.camera.project(np.concatenate(points))
        (left, top), (right, bottom) = px.min(0) - 10, px.max(0) + 10
        x0, x1 = (int(np.clip(x, 0, WIDTH)) for x in (left, right))
        y0, y1 = (int(np.clip(HEIGHT - y, 0, HEIGHT)) for y in (bottom, top))
        return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None

    def _upload(self, m: Mesh) -> _Uploaded:
        d = np.empty((len(m["v"]), 13), "f4")
        d[:, 0:3], d[:, 3:6], d[:, 6:9], d[:, 9:12], d[:, 12] = m["v"], m["n"], m["c"], m.get("rest", m["v"]), m["mat"]
        vertices = self.ctx.buffer(d.tobytes())
        index = self.ctx.buffer(np.ascontiguousarray(m["f"], "i4").tobytes())
        names = ("place", "normal", "colour", "rest_place", "material")
        full = self.ctx.vertex_array(self.program, [(vertices, "3f 3f 3f 3f 1f", *names)], index)
        shadow = self.ctx.vertex_array(self.shadow_program, [(vertices, "3f 40x", "place")], index)
        return _Uploaded(m["cast"], full, shadow, (vertices, index))

    def _set_uniforms(self) -> None:
        light = self.light
        values = dict(
            camera_matrix=self.camera.matrix.T,
            light_matrix=light.matrix.T,
            eye=self.camera.eye,
            light_direction=light.direction,
            light_colour=light.color,
            sky=light.sky,
            ground=light.ground,
        )
        for name, value in values.items():
            self.program[name].write(np.ascontiguousarray(value, "f4").tobytes())
        self.shadow_program["light_matrix"].write(np.ascontiguousarray(light.matrix.T, "f4").tobytes())
        self.program["shadow_map"].value = 0

    def _draw(self, objects: Sequence[_Uploaded], box: tuple[int, int, int, int] | None) -> None:
        self.shadow.use()
        self.shadow.clear(depth=1.0)
        self.ctx.viewport = (0, 0, _SHADOW_PX, _SHADOW_PX)
        for mesh in objects:
            if mesh.casts:
                mesh.shadow.render()
        self.multi.use()
        self.ctx.viewport = (0, 0, WIDTH, HEIGHT)
        self.multi.scissor = None if box is None else (box[0], box[1], box[2] - box[0], box[3] - box[1])
        self.multi.clear(0.7, 0.7, 0.7, depth=1.0)
        self.shadow_map.use(0)
        for mesh in reversed(objects):
            mesh.full.render()
        self.multi.scissor = None

    def _read(self) -> NDArray[np.uint8]:
        self.ctx.copy_framebuffer(self.single, self.multi)
        raw = self.single.read(components=3)
        return np.frombuffer(raw, np.uint8).reshape(HEIGHT, WIDTH, 3)[::-1].copy()
