"""Describe what is kept of a patient: card, list of results, log of exports."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

MOST_PATIENT_NAME = 200
SESSION_PART = re.compile(r"[0-9]{2}_[a-z0-9_]{1,60}")
"""The folder of one part of a session, within its result."""
_FileName = Annotated[str, Field(pattern=r"^([0-9]{2}_[a-z0-9_]{1,60}/)?[^./\\:][^/\\:]{0,199}$")]
"""No path but into a part: what a list names cannot lie elsewhere."""


class _PatientRecord(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PatientCard(_PatientRecord):
    """Who a folder is about.

    A name, or a code that only the therapist can resolve; it stays readable.
    """

    schema_version: Literal[1] = 1
    code: Annotated[str, Field(min_length=1, max_length=MOST_PATIENT_NAME)]


class KeptResult(_PatientRecord):
    """One result that is kept.

    Parameters
    ----------
    name : of the folder that was kept.
    label : what it is called to people; empty = as its name.
    kept_utc : when it was kept last.
    files : where each of its files lies.
    key : what encrypts them, hex digits; empty = the key of the folder. A result that came in while the folder was
        locked has a key of its own.
    """

    name: Annotated[str, Field(min_length=1, max_length=MOST_PATIENT_NAME)]
    label: Annotated[str, Field(max_length=MOST_PATIENT_NAME)] = ""
    kept_utc: AwareDatetime
    files: dict[_FileName, Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]]
    key: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""


class ExportEntry(_PatientRecord):
    """One time that something left the patient's folder."""

    at_utc: AwareDatetime
    what: Annotated[str, Field(max_length=MOST_PATIENT_NAME)]
    to: Annotated[str, Field(max_length=MOST_PATIENT_NAME)]


class PatientIndex(_PatientRecord):
    """What is kept of a patient, and what left the folder."""

    schema_version: Literal[1] = 1
    results: list[KeptResult] = []
    exports: list[ExportEntry] = []
