"""A person's own back, tall and gently rounded, stored in a file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from .errors import SourceError

MOST_OFFSET_TL = 5.0
"""No back is this far from the line between hip and shoulder."""
Offset = Annotated[float, Field(ge=-MOST_OFFSET_TL, le=MOST_OFFSET_TL)]
Contour = Annotated[list[Offset], Field(min_length=33, max_length=33)]
_MOST_CALIBRATION_BYTES = 1_000_000
Posture = Literal["standing", "sitting", "all_fours", "prone", "supine", "kneeling"]


class Calibration(BaseModel):
    """One person's back contours: neutral and gently rounded, for each posture.

    Parameters
    ----------
    created_utc : when it was made, ISO 8601; None in older files.
    neutral : posture of the movement files -> contour descriptor (33,), trunk lengths.
    rounded : the same of the gently rounded back, seen from the same camera position.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    schema_version: Literal[1] = 1
    created_utc: Annotated[str, Field(max_length=40)] | None = None
    neutral: dict[Posture, Contour]
    rounded: dict[Posture, Contour] = {}

    def neutral_for(self, posture: str) -> NDArray[np.float64] | None:
        """Return the neutral contour (33,) for a posture, or None if it was not calibrated."""
        return _get_contour(self.neutral, posture)

    def rounded_for(self, posture: str) -> NDArray[np.float64] | None:
        """Return the contour (33,) of the gently rounded back, or None if not calibrated."""
        return _get_contour(self.rounded, posture)

    def merge(self, other: Calibration) -> Calibration:
        """Return both calibrations in one.

        A contour of `other` replaces one of this calibration.
        """
        return Calibration(
            created_utc=other.created_utc or self.created_utc,
            neutral={**self.neutral, **other.neutral},
            rounded={**self.rounded, **other.rounded},
        )


def _get_contour(contours: Mapping[Posture, list[float]], posture: str) -> NDArray[np.float64] | None:
    contour = {str(k): v for k, v in contours.items()}.get(posture)
    return None if contour is None else np.array(contour)


def load_calibration(path: str | os.PathLike[str]) -> Calibration:
    """Return the calibration stored in a JSON file.

    Parameters
    ----------
    path : as `check` writes it with `keep_neutral`.

    Raises
    ------
    SourceError
        If the file cannot be read or is no calibration.

    Examples
    --------
    >>> import formcheck as fc
    >>> track, hinge = "examples/tracks/hinge_good.parquet", "hamstring_hinge_standing"
    >>> summary = fc.check(track, movement=hinge, keep_neutral="neutral.json")
    >>> fc.load_calibration("neutral.json").neutral_for("standing").shape
    (33,)
    """
    path = Path(path)
    wanted = "expected a calibration file written by formcheck"
    try:
        if path.exists() and not path.is_file() and not path.is_dir():  # a pipe would be waited for
            raise SourceError(f"{path.name}: {wanted}, got a device or pipe; check the path")
        with path.open("rb") as file:
            return Calibration.model_validate_json(file.read(_MOST_CALIBRATION_BYTES))
    except OSError as error:
        raise SourceError(f"{path.name}: {wanted}, got: {error.strerror}; check the path") from None
    except ValueError:
        advice = "make one with `formcheck check … --keep-neutral FILE`"
        raise SourceError(f"{path.name}: {wanted}, got something else; {advice}") from None
