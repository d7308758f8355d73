"""A person's own neutral back, kept in a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import SourceError

Contour = Annotated[list[float], Field(min_length=33, max_length=33)]


class Calibration(BaseModel):
    """What is known of one person: the contour of the neutral back in each posture.

    Parameters
    ----------
    neutral : posture of the movement files -> contour descriptor (33,), trunk lengths.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    neutral: dict[Literal["standing", "sitting", "all_fours", "prone", "supine", "kneeling"], Contour]

    def neutral_for(self, posture: str) -> NDArray[np.float64] | None:
        """Return the neutral contour (33,) for a posture, None where it was not calibrated."""
        contour = {str(k): v for k, v in self.neutral.items()}.get(posture)
        return None if contour is None else np.array(contour)


def load_calibration(path: Path) -> Calibration:
    """Return the calibration kept in a JSON file.

    Raises
    ------
    SourceError
        Where the file cannot be read or is no calibration.
    """
    wanted = "expected a calibration file written by formcheck"
    try:
        return Calibration.model_validate_json(path.read_text("utf-8"))
    except OSError as error:
        raise SourceError(f"{path.name}: {wanted}, got: {error.strerror}; check the path") from None
    except (ValidationError, UnicodeDecodeError, json.JSONDecodeError):
        advice = "make one with `formcheck check … --keep-neutral FILE`"
        raise SourceError(f"{path.name}: {wanted}, got something else; {advice}") from None
