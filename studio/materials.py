"""Numbers of the surfaces; shaders/scene.frag draws each its own way."""

SKIN, CLOTH, HAIR, EYE = range(4)
WOOD, WALL, PLAIN, CARPET, TILE, STRIPES, GLOW = range(10, 17)
