"""The movements of the catalogue as scripts, by id."""

from ..movement import Movement
from . import kneeling, lying, prone, sitting, standing

MOVEMENTS: dict[str, Movement] = {m.id: m for m in (*standing.ALL, *kneeling.ALL, *sitting.ALL, *lying.ALL, *prone.ALL)}
