"""Draw where the camera goes: the room from above and the height of the camera."""

from __future__ import annotations

from html import escape

from formcheck.apps.theme import DARK, LIGHT, SYSTEM_FONT
from formcheck.core.display import STATE_STYLES
from formcheck.core.movement.schema import Movement
from formcheck.languages.phrase import Phrase, Translator

from .words import HEIGHTS

ROOM = Phrase("The room from above")
CAMERA_HEIGHT = Phrase("Camera height")
CAMERA = Phrase("camera")
DISTANCE = Phrase("about 3 m")
WORKING_SIDE, EITHER_SIDE = Phrase("working side here"), Phrase("left or right side")
HEAD_THIS_WAY, FACE_CAMERA = Phrase("head this way"), Phrase("face the camera")
OR_HERE = Phrase("or here")
LABELS = (
    ROOM,
    CAMERA_HEIGHT,
    CAMERA,
    DISTANCE,
    WORKING_SIDE,
    EITHER_SIDE,
    HEAD_THIS_WAY,
    FACE_CAMERA,
    OR_HERE,
    *HEIGHTS.values(),
)
"""Every word that stands in a drawing of the camera."""

GREEN, ORANGE, VERMILION, BLUE = (STATE_STYLES[state].colour for state in ("ok", "warn", "fix", "info"))

_STYLE = f"""
.d-paper {{ fill: {LIGHT["secondaryBackgroundColor"]} }} .d-ink {{ fill: {LIGHT["textColor"]} }}
.d-line {{ stroke: {LIGHT["textColor"]}; fill: none }} .d-soft {{ fill: #4A535D }}
.d-thin {{ stroke: #5A636E; fill: none }} .d-gap {{ fill: {LIGHT["backgroundColor"]} }}
.d-room {{ fill: {LIGHT["backgroundColor"]}; stroke: #8A939D }} .d-body {{ fill: #0072B2; stroke: #0072B2 }}
.d-mat {{ fill: #DCE6EE; stroke: #8A939D }} .d-cone {{ fill: #E69F00; fill-opacity: 0.22; stroke: #B97F00 }}
@media (prefers-color-scheme: dark) {{
.d-paper {{ fill: {DARK["secondaryBackgroundColor"]} }} .d-ink {{ fill: {DARK["textColor"]} }}
.d-line {{ stroke: {DARK["textColor"]} }} .d-soft {{ fill: #B9C1CA }} .d-thin {{ stroke: #A3ADB8 }}
.d-gap {{ fill: {DARK["backgroundColor"]} }}
.d-room {{ fill: {DARK["backgroundColor"]}; stroke: #6B757F }} .d-body {{ fill: #56B4E9; stroke: #56B4E9 }}
.d-mat {{ fill: #2C3742; stroke: #6B757F }} .d-cone {{ stroke: #E69F00 }}
}}
""".strip().replace("\n", " ")


def write_svg(width: int, height: int, title: str, content: str, defs: str = "") -> str:
    """Return a complete SVG.

    Parameters
    ----------
    width, height : its size, px.
    title : what it shows, for people who cannot see it.
    content, defs : its elements.
    """
    name = escape(title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="{SYSTEM_FONT.replace(chr(34), chr(39))}" role="img" aria-label="{name}">'
        f"<title>{name}</title><style>{_STYLE}</style><defs>{defs}</defs>"
        f'<rect class="d-paper" width="{width}" height="{height}" rx="10"/>{content}</svg>\n'
    )


def draw_words(x: float, y: float, text: str, *, size: float = 17, middle: bool = False, look: str = "d-ink",
          bold: bool = False) -> str:  # fmt: skip
    """Return one line of text at a place; `middle` centres it there."""
    anchor = ' text-anchor="middle"' if middle else ""
    weight = ' font-weight="600"' if bold else ""
    return f'<text class="{look}" x="{x:g}" y="{y:g}" font-size="{size:g}"{anchor}{weight}>{escape(text)}</text>'


ABOVE_PX, HEIGHT_PX = (400, 320), (240, 320)
_PERSON = (205, 112)
_HEIGHTS_M = {"mat": 0.12, "knee": 0.5, "table": 0.75, "hip": 0.92}
_FLOOR_Y, _PX_PER_M = 268, 118

# People from above, facing right; the origin is the middle. Circles: x, y, r. Lines: x, y, x, y, width.
_Circle = tuple[float, float, float]
_Line = tuple[float, float, float, float, float]
_BODIES: dict[str, tuple[list[_Circle], list[_Line]]] = {
    "standing": ([(5, 0, 19)], [(0, -32, 0, 32, 26), (0, -14, 30, -14, 15), (0, 14, 30, 14, 15)]),
    "sitting": ([(-40, 0, 15)], [(-46, -22, -46, 22, 20), (-40, -11, 66, -12, 13), (-40, 11, 66, 12, 13)]),
    "chair": ([(-2, 0, 15)], [(-8, -22, -8, 22, 20), (-6, -11, 34, -11, 13), (-6, 11, 34, 11, 13)]),
    "kneeling": ([(6, 0, 15)], [(0, -22, 0, 22, 20), (-4, -11, -44, -12, 12), (-4, 11, -44, 12, 12)]),
    "all_fours": ([(54, 0, 15)], [(-30, 0, 30, 0, 34), (32, -18, 46, -24, 11), (32, 18, 46, 24, 11),
                                  (-30, -11, -72, -12, 12), (-30, 11, -72, 12, 12)]),
    "lying": ([(80, 0, 15)], [(0, 0, 52, 0, 36), (48, -20, 8, -30, 10), (48, 20, 8, 30, 10),
                              (-4, -10, -84, -12, 13), (-4, 10, -84, 12, 13)]),
}  # fmt: skip
_ON_THE_FLOOR = {"sitting", "kneeling", "all_fours", "lying"}


def draw_camera(movement: Movement) -> str:
    """Return both drawings next to each other, for a page of text."""
    (wide, high), (more, _) = ABOVE_PX, HEIGHT_PX
    content = f'{_draw_above_content(movement)}<g transform="translate({wide} 0)">{_draw_height_content(movement)}</g>'
    return write_svg(wide + more, high, describe_camera(movement), content)


def translate_drawing(svg: str, language: Translator) -> str:
    """Return a drawing of the camera with its words in another language."""
    for label in LABELS:
        svg = svg.replace(f">{escape(label)}</text>", f">{escape(label.translate_by(language))}</text>")
    return svg


def draw_above(movement: Movement) -> str:
    """Return the room from above: the person, the way they face, the camera."""
    return write_svg(*ABOVE_PX, describe_camera(movement), _draw_above_content(movement))


def draw_height(movement: Movement) -> str:
    """Return how high the camera is, next to a standing person."""
    return write_svg(*HEIGHT_PX, f"Camera at {HEIGHTS[movement.view.camera_height]}", _draw_height_content(movement))


def describe_camera(movement: Movement) -> str:
    """Return what the drawings show, in one or two sentences.

    Examples
    --------
    >>> from formcheck.core.movement.load import load_movement
    >>> describe_camera(load_movement("plank"))
    'The camera looks at you from the side, at mat height, about 3 metres away.'
    """
    looks = {
        "side": "looks at you from the side",
        "front": "looks at you from the front",
        "any": "looks at you from the side or from the front, as you like",
    }[movement.view.camera]
    near = (
        " Your working side is next to it."
        if movement.view.near == "working" and movement.view.camera == "side"
        else ""
    )
    return f"The camera {looks}, at {HEIGHTS[movement.view.camera_height]}, about 3 metres away.{near}"


def _draw_above_content(movement: Movement) -> str:
    x, y = _PERSON
    # Turned towards the camera, a mat of full length would not fit in the room.
    turn = " rotate(90) scale(0.68)" if movement.view.camera == "front" else ""
    camera_y = 268
    cone = f'<path class="d-cone" d="M{x} {camera_y - 14} L{x - 136} 56 L{x + 136} 56 Z"/>'
    parts = [
        draw_words(16, 26, ROOM, bold=True),
        '<rect class="d-room" x="16" y="38" width="368" height="266" rx="6"/>',
        cone,
        f'<g transform="translate({x} {y}){turn}">{_draw_body(movement)}</g>',
        _draw_camera_above(x, camera_y),
        draw_words(x + 26, camera_y + 8, CAMERA),
        f'<path class="d-thin" stroke-dasharray="4 4" d="M52 {y} V{camera_y} M44 {y} H60 M44 {camera_y} H60"/>',
        draw_words(30, 212, DISTANCE, look="d-soft", size=16).replace("<text", '<text transform="rotate(-90 30 212)"'),
    ]
    if movement.view.camera == "side":
        label = WORKING_SIDE if movement.view.near == "working" else EITHER_SIDE
        parts += [f'<path class="d-line" stroke-width="4" d="M{x - 62} {y + 50} L{x + 62} {y + 50}"/>',
                  draw_words(x, y + 73, label, middle=True, bold=True, size=16)]  # fmt: skip
    elif movement.view.camera == "front":
        facing = HEAD_THIS_WAY if _pick_figure(movement) in _ON_THE_FLOOR else FACE_CAMERA
        parts.append(draw_words(x + 44, y + 6, facing, size=16))
    if movement.view.camera == "any":
        parts += [f'<g transform="translate(352 {y}) rotate(-90)">{_draw_camera_above(0, 0)}</g>',
                  draw_words(340, y + 60, OR_HERE, middle=True)]  # fmt: skip
    return "".join(parts)


def _draw_body(movement: Movement) -> str:
    circles, lines = _BODIES[_pick_figure(movement)]
    kind = _pick_figure(movement)
    under = '<rect class="d-mat" x="-104" y="-40" width="208" height="80" rx="6"/>' if kind in _ON_THE_FLOOR else ""
    if kind == "chair":
        under = '<rect class="d-mat" x="-30" y="-28" width="46" height="56" rx="6"/>'
    drawn = "".join(
        f'<path class="d-body" stroke-width="{width:g}" stroke-linecap="round" d="M{a:g} {b:g} L{c:g} {d:g}"/>'
        for a, b, c, d, width in lines
    )
    heads = "".join(f'<circle class="d-body" cx="{a:g}" cy="{b:g}" r="{r:g}"/>' for a, b, r in circles)
    # Background colour between head and shoulders, or the two would be one shape.
    rings = "".join(f'<circle class="d-gap" cx="{a:g}" cy="{b:g}" r="{r + 3:g}"/>' for a, b, r in circles)
    arrow = "" if kind == "lying" else _draw_arrow(circles[0][0] + 38, kind)
    return under + drawn + rings + heads + arrow


def _draw_arrow(x: float, kind: str) -> str:
    """Draw the direction in which the person looks, but not on the floor."""
    if kind in {"all_fours", "sitting"}:
        return ""
    return f'<path class="d-line" stroke-width="3" d="M{x:g} 0 h26 m-9 -8 l9 8 l-9 8"/>'


def _pick_figure(movement: Movement) -> str:
    if movement.posture in {"prone", "supine"}:
        return "lying"
    if movement.posture == "sitting" and movement.place == "chair":
        return "chair"
    return movement.posture


def _draw_camera_above(x: float, y: float) -> str:
    return (
        f'<rect class="d-ink" x="{x - 17:g}" y="{y - 10:g}" width="34" height="24" rx="4"/>'
        f'<path class="d-ink" d="M{x - 8:g} {y - 16:g} h16 v8 h-16 Z"/>'
    )


def _draw_height_content(movement: Movement) -> str:
    high = movement.view.camera_height
    y = _FLOOR_Y - _HEIGHTS_M[high] * _PX_PER_M
    legs = f"M66 {y + 8:g} V{_FLOOR_Y} M50 {_FLOOR_Y} L66 {_FLOOR_Y - 22} L82 {_FLOOR_Y}"
    tripod = "" if high == "mat" else f'<path class="d-line" stroke-width="4" d="{legs}"/>'
    return "".join([
        draw_words(12, 26, CAMERA_HEIGHT, bold=True),
        f'<path class="d-line" stroke-width="3" d="M12 {_FLOOR_Y} H228"/>',
        _draw_side_figure(movement),
        f'<path class="d-thin" stroke-width="2" stroke-dasharray="6 5" d="M88 {y:g} H226"/>',
        tripod,
        f'<rect class="d-ink" x="48" y="{y - 11:g}" width="30" height="22" rx="4"/>',
        f'<path class="d-ink" d="M78 {y - 7:g} h9 v14 h-9 Z"/>',
        draw_words(120, 302, HEIGHTS[high], size=22, middle=True, bold=True),
    ])  # fmt: skip


_MIDDLE_PX = 162
# People from the side, x in px from the middle of the person, heights in metres. Head: x, height, radius in px.
# Lines: x, height, x, height, width in px. Lying people are drawn shorter than they are, to keep the picture small.
_SIDE_FIGURES: dict[str, tuple[_Circle, list[_Line]]] = {
    "standing": ((0, 1.56, 15), [(0, 1.28, 0, 0.98, 26), (0, 0.94, 0, 0.08, 15), (0, 0.08, 10, 0.08, 15)]),
    "kneeling": ((0, 1.14, 15), [(0, 0.88, 0, 0.6, 26), (0, 0.52, 0, 0.1, 16), (0, 0.08, -44, 0.06, 12)]),
    "chair": ((-14, 1.22, 15), [(-14, 0.96, -14, 0.62, 26), (-14, 0.52, 30, 0.5, 15), (30, 0.48, 30, 0.08, 13),
                                (30, 0.06, 40, 0.06, 11)]),
    "sitting": ((-34, 0.82, 15), [(-34, 0.56, -34, 0.2, 26), (-32, 0.1, 52, 0.08, 15), (52, 0.1, 54, 0.18, 11)]),
    "all_fours": ((50, 0.66, 14), [(30, 0.57, -28, 0.55, 24), (32, 0.52, 32, 0.05, 11), (-28, 0.5, -28, 0.1, 15),
                                   (-28, 0.06, -60, 0.05, 12)]),
    "supine": ((54, 0.13, 13), [(30, 0.13, 0, 0.12, 24), (-4, 0.14, -24, 0.4, 15), (-24, 0.4, -44, 0.07, 13)]),
    "prone": ((54, 0.2, 13), [(32, 0.15, -2, 0.12, 24), (-4, 0.1, -64, 0.07, 14), (34, 0.14, 44, 0.04, 9)]),
}  # fmt: skip


def _draw_side_figure(movement: Movement) -> str:
    """Draw a person 1.7 m tall in the movement's own posture."""
    seated = movement.posture == "sitting" and movement.place == "chair"
    (x, head_m, radius), lines = _SIDE_FIGURES["chair" if seated else movement.posture]

    def up(metres: float) -> float:
        return _FLOOR_Y - metres * _PX_PER_M

    limbs = "".join(
        f'<path stroke-width="{width:g}" d="M{_MIDDLE_PX + a:g} {up(b):g} L{_MIDDLE_PX + c:g} {up(d):g}"/>'
        for a, b, c, d, width in lines
    )
    back = _MIDDLE_PX - 36
    chair = f"M{back} {up(0.9):g} V{up(0):g} M{back} {up(0.42):g} h48 V{up(0):g}"
    seat = f'<path class="d-line" stroke-width="5" d="{chair}"/>'
    head = f'<circle cx="{_MIDDLE_PX + x:g}" cy="{up(head_m):g}" r="{radius:g}"/>'
    return f'{seat if seated else ""}<g class="d-body" stroke-linecap="round">{head}{limbs}</g>'
