"""Write a result as a FHIR R4 bundle (4.0.1).

It says who, which device, and has one Observation for each measure. What the person answered is a
QuestionnaireResponse for each form, and a pain Observation says from which answer it comes. Codes come from LOINC where
one is known to fit (pain: 72514-3, how far a knee bends and straightens), from formcheck's local code system otherwise;
units are UCUM.
Uncertainty travels along in HL7's standard extensions of a quantity: half of a 95 % interval, divided by 1.96, is the
standard deviation that they ask for.
"""

from __future__ import annotations

import hashlib
import math
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from formcheck.core.movement.schema import Movement, find_limits
from formcheck.core.summary.phrases import find_spec, list_worked_sides
from formcheck.core.summary.schema import MeasurementRecord, RunSummary

FHIR_VERSION = "4.0.1"
LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
LOCAL_CODES = "urn:formcheck:measurements"
"""formcheck's own code system: the names of its measurements, as `formcheck movements signals` lists them."""
QUESTIONNAIRES = "urn:formcheck:questionnaire:"
"""Begins the canonical address of a form; the name of the form follows. docs/therapist.md lists the forms."""
ANSWER_CODES = "urn:formcheck:answers"
"""formcheck's own code system: the answers that a form offers."""
PAIN = "72514-3"
KNEE_RANGE = {
    "knee_left_deg": {
        "flexion": ("41343-5", "Knee - left Flexion Active Range of Motion Quantitative"),
        "extension": ("41345-0", "Knee - left Extension Active Range of Motion Quantitative"),
    },
    "knee_right_deg": {
        "flexion": ("41347-6", "Knee - right Flexion Active Range of Motion Quantitative"),
        "extension": ("41349-2", "Knee - right Extension Active Range of Motion Quantitative"),
    },
}
"""LOINC's codes and names, as SMART Markers has them (github.com/SMARTMarkers/smartmarkers-ios, the file
RangeOfMotionObservation.swift of Boston Children's Hospital); the check digits of all four are right."""
_STRAIGHT_DEG = 180.0
_UNCERTAINTY = "http://hl7.org/fhir/StructureDefinition/iso21090-uncertainty"
_UNCERTAINTY_TYPE = "http://hl7.org/fhir/StructureDefinition/iso21090-uncertaintyType"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_DATA_ABSENT_URL = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_UCUM_CODES = {"deg": ("deg", "°"), "pct": ("%", "%"), "s": ("s", "s"), "deg_per_s": ("deg/s", "°/s"),
               "per_min": ("/min", "/min"), "n": ("1", ""), "tl": ("1", "trunk lengths")}  # fmt: skip
_NOT_IN_A_STRING = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""What FHIR forbids in a text; a sign of a missing letter takes its place."""
_Z95 = 1.96
_DECIMALS = 3


class Choice(NamedTuple):
    """One answer of those that a question offers.

    Parameters
    ----------
    code : as it is stored.
    name : in words; empty if only the page has them.
    """

    code: str
    name: str = ""


Answer = bool | int | str | Choice
"""Yes or no, a number, the person's choice in words, or one that has a code."""


class AnsweredQuestion(NamedTuple):
    """A question and what the person answered.

    Parameters
    ----------
    link : code of the question in its form.
    text : the question as it was asked.
    answers : one or more; a text stays as it is, letter by letter.
    pain_utc : of an answer that is pain from 0 to 10: when it was given, ISO 8601, empty if that is not known; None for
        any other question.
    """

    link: str
    text: str
    answers: Sequence[Answer]
    pain_utc: str | None = None


class AnsweredForm(NamedTuple):
    """One form that the person answered.

    Parameters
    ----------
    name : of the form, the end of its canonical address.
    questions : those that were answered.
    authored_utc : when it was last changed, ISO 8601; empty if that is not known.
    """

    name: str
    questions: Sequence[AnsweredQuestion]
    authored_utc: str = ""


def make_bundle(
    summary: RunSummary, movement: Movement, *, patient: str, when_utc: str, forms: Sequence[AnsweredForm] = ()
) -> dict[str, Any]:
    """Return the bundle of one result, ready for `json.dumps`.

    Parameters
    ----------
    patient : name or code of the person; it becomes an identifier of formcheck, never a name.
    when_utc : when the recording was checked, ISO 8601 with its zone.
    forms : what the person answered; each is named once.
    """
    # a set that was practised live has no file, so its moment tells it from the next one
    about = f"{summary.source.sha256 or summary.created_utc}/{summary.movement.sha256}/{patient}"
    who, device = _make_id(about, "patient"), _make_id(about, "device")
    entries = [
        _enter(
            who,
            {
                "resourceType": "Patient",
                "id": who,
                "identifier": [{"system": "urn:formcheck:patient", "value": patient}],
            },
        ),
        _enter(device, _describe_device(device, summary)),
    ]
    sides = list_worked_sides(summary)
    for name, measured in summary.measurements.items():
        spec = find_spec(name, movement, sides)
        if spec is None:
            continue
        value = measured.in_hold_median if measured.in_hold_median is not None else measured.median
        low, high = find_limits(spec.target)
        found = _observe(_make_id(about, name), who, device, when_utc)
        found["code"] = {"coding": [{"system": LOCAL_CODES, "code": name, "display": spec.name}], "text": spec.name}
        found["valueQuantity"] = _make_quantity(value, measured.unit, measured.uncertainty)
        limits = {"low": low, "high": high}
        known = {
            end: _make_quantity(limit, measured.unit, None) for end, limit in limits.items() if math.isfinite(limit)
        }
        if known:
            found["referenceRange"] = [{**known, "text": "target band of the movement file, no norm"}]
        found["note"] = [{"text": f"{movement.name}; median of the hold" if measured.in_hold_median is not None
                          else f"{movement.name}; median of the recording"}]  # fmt: skip
        entries.append(_enter(found["id"], found))
        for end, (code, display) in KNEE_RANGE.get(name, {}).items():
            reached = _observe(_make_id(about, f"{name} {end}"), who, device, when_utc)
            reached["code"] = {"coding": [{"system": LOINC, "code": code, "display": display}]}
            reached["valueQuantity"] = _make_knee_range(measured, end)
            reached["note"] = [{"text": f"{movement.name}; the most that was shown in it, 0° = straight. "
                                "Not a test of how far the knee can go."}]  # fmt: skip
            entries.append(_enter(reached["id"], reached))
    verdict = _describe_verdict(about, summary, movement, who=who, device=device, when_utc=when_utc)
    entries.append(_enter(verdict["id"], verdict))
    for form in forms:
        response = _respond(_make_id(about, f"answers {form.name}"), who, form)
        entries.append(_enter(response["id"], response))
        for question in form.questions:
            if question.pain_utc is None:
                continue
            pain = _observe(_make_id(about, f"pain {form.name} {question.link}"), who, None, question.pain_utc)
            pain["code"] = {
                "coding": [{"system": LOINC, "code": PAIN, "display": "Pain severity - 0-10 verbal numeric rating"}]
            }
            pain["valueInteger"] = question.answers[0]
            pain["derivedFrom"] = [{"reference": f"urn:uuid:{response['id']}"}]
            entries.append(_enter(pain["id"], pain))
    return {
        "resourceType": "Bundle",
        "id": _make_id(about, "bundle"),
        "type": "collection",
        "timestamp": when_utc,
        "entry": entries,
    }


def _make_id(about: str, what: str) -> str:
    """Return the same id for the same part of the same result."""
    return str(uuid.UUID(hashlib.sha256(f"{about}/{what}".encode()).hexdigest()[:32]))


def _enter(resource_id: str, resource: Mapping[str, Any]) -> dict[str, Any]:
    return {"fullUrl": f"urn:uuid:{resource_id}", "resource": dict(resource)}


def _describe_device(resource_id: str, summary: RunSummary) -> dict[str, Any]:
    model = summary.model
    return {
        "resourceType": "Device",
        "id": resource_id,
        "deviceName": [{"name": "formcheck", "type": "user-friendly-name"}],
        "version": [
            {"value": summary.formcheck_version, "type": {"text": "software"}},
            {"value": f"{model.name} {model.sha256}", "type": {"text": "pose model"}},
        ],
        "note": [{"text": "Compares visible body positions with a form description. Not a medical device."}],
    }


def _observe(resource_id: str, who: str, device: str | None, when_utc: str) -> dict[str, Any]:
    # a measurement knows when it was made available, not when the recording was filmed; an answer knows its moment
    moment = "issued" if device else "effectiveDateTime"
    found: dict[str, Any] = {
        "resourceType": "Observation",
        "id": resource_id,
        "status": "final",
        "category": [{"coding": [{"system": _CATEGORY, "code": "exam" if device else "survey"}]}],
        "subject": {"reference": f"urn:uuid:{who}"},
    }
    if when_utc:
        found[moment] = when_utc
    if device is not None:
        found["device"] = {"reference": f"urn:uuid:{device}"}
    return found


def _respond(resource_id: str, who: str, form: AnsweredForm) -> dict[str, Any]:
    """Return a form with its answers."""
    found: dict[str, Any] = {
        "resourceType": "QuestionnaireResponse",
        "id": resource_id,
        "questionnaire": f"{QUESTIONNAIRES}{form.name}",
        "status": "completed",
        "subject": {"reference": f"urn:uuid:{who}"},
        "item": [
            {
                "linkId": question.link,
                "text": _keep_allowed(question.text),
                "answer": [_write_answer(one) for one in question.answers],
            }
            for question in form.questions
        ],
    }
    if form.authored_utc:
        found["authored"] = form.authored_utc
    return found


def _write_answer(said: Answer) -> dict[str, Any]:
    if isinstance(said, Choice):
        display = {"display": str(said.name)} if said.name else {}
        return {"valueCoding": {"system": ANSWER_CODES, "code": said.code, **display}}
    if isinstance(said, bool):
        return {"valueBoolean": said}
    return {"valueInteger": said} if isinstance(said, int) else {"valueString": _keep_allowed(said)}


def _keep_allowed(text: str) -> str:
    return _NOT_IN_A_STRING.sub("\N{REPLACEMENT CHARACTER}", text)


def _make_quantity(value: float, unit: str, uncertainty: float | None) -> dict[str, Any]:
    code, words = _UCUM_CODES.get(unit, ("1", unit))
    quantity: dict[str, Any] = {"value": round(value, _DECIMALS), "unit": words or "1", "system": UCUM, "code": code}
    if uncertainty is not None and math.isfinite(uncertainty):
        quantity["extension"] = [
            {"url": _UNCERTAINTY, "valueDecimal": round(uncertainty / _Z95, _DECIMALS)},
            {"url": _UNCERTAINTY_TYPE, "valueCode": "N"},
        ]
    return quantity


def _make_knee_range(measured: MeasurementRecord, end: str) -> dict[str, Any]:
    """Return how far a knee bent or straightened, counted from straight.

    formcheck counts between the bones. One picture in twenty may lie beyond, so a single mistaken one does not count.
    """
    between_deg = measured.p05 if end == "flexion" else measured.p95
    return _make_quantity(_STRAIGHT_DEG - between_deg, measured.unit, measured.uncertainty)


def _describe_verdict(
    about: str, summary: RunSummary, movement: Movement, *, who: str, device: str, when_utc: str
) -> dict[str, Any]:
    """Return the verdict as an Observation; each fault is a component with its time."""
    found = _observe(_make_id(about, "verdict"), who, device, when_utc)
    found["code"] = {"coding": [{"system": LOCAL_CODES, "code": "verdict"}], "text": f"Form of {movement.name}"}
    if summary.verdict == "cannot_tell":
        found["dataAbsentReason"] = {"coding": [{"system": _DATA_ABSENT_URL, "code": "unknown"}], "text": summary.why}
    else:
        found["valueCodeableConcept"] = {
            "coding": [{"system": LOCAL_CODES, "code": summary.verdict}],
            "text": summary.why,
        }
    parts = [
        {
            "code": {"coding": [{"system": LOCAL_CODES, "code": fault.id}], "text": movement.fault(fault.id).seen},
            "valueString": f"{fault.from_s:.1f} s to {fault.to_s:.1f} s",
        }
        for fault in summary.faults
    ]
    if parts:
        found["component"] = parts
    return found
