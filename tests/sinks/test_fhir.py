"""The bundle is valid FHIR R4, read by another library, and holds the numbers of the summary."""

from __future__ import annotations

import json

import pytest
from fhirclient.models.bundle import Bundle

from formcheck.core.movement.load import load_movement
from formcheck.core.summary.phrases import find_spec, list_worked_sides
from formcheck.drivers.recording.check import check_recording
from formcheck.sinks.fhir import (
    ANSWER_CODES,
    KNEE_RANGE,
    LOINC,
    PAIN,
    UCUM,
    AnsweredForm,
    AnsweredQuestion,
    Choice,
    make_bundle,
)

HINGE = "hamstring_hinge_standing"
WHEN = "2026-11-29T10:00:00+00:00"
HOSTILE = '"><script>alert(1)</script> \u05e9\u05dc\u05d5\u05dd'
HOSTILE_TEXTS = [HOSTILE, "\u202eabc\u202c", "🙂👩\u200d🦽", "w" * 300, "=1", "a\tb\nc", "' OR 1=1 --", "${x} {y} %s"]
PAIN_FORM = AnsweredForm("session", [AnsweredQuestion("pain_before", "How much?", [4], WHEN)], WHEN)


@pytest.fixture(scope="module")
def summaries(checkout):
    tracks = checkout / "tests" / "data"
    names = ("hinge_knee_bent", "hinge_good", "empty_room")
    return {name: check_recording(tracks / f"{name}.parquet", movement=HINGE) for name in names}


def read(summary, **about):
    """Write a bundle, read it with the other library, and return its resources by kind."""
    bundle = make_bundle(summary, load_movement(HINGE), patient=HOSTILE, when_utc=WHEN, **about)
    found = Bundle(json.loads(json.dumps(bundle)))  # strict: it refuses what the schema does not know
    return [entry.resource for entry in found.entry]


@pytest.mark.parametrize("name", ["hinge_knee_bent", "hinge_good", "empty_room"])
def test_every_bundle_is_valid_and_refers_only_to_itself(summaries, name):
    bundle = make_bundle(summaries[name], load_movement(HINGE), patient="A-17", when_utc=WHEN)
    Bundle(bundle)
    urls = {entry["fullUrl"] for entry in bundle["entry"]}
    assert len(urls) == len(bundle["entry"])
    refers = {one["resource"][key]["reference"] for one in bundle["entry"] for key in ("subject", "device")
              if key in one["resource"]}  # fmt: skip
    assert refers <= urls


def test_each_measure_of_the_movement_is_an_observation_in_ucum(summaries):
    summary, movement = summaries["hinge_knee_bent"], load_movement(HINGE)
    sides = list_worked_sides(summary)
    asked = {name for name in summary.measurements if find_spec(name, movement, sides)}
    found = {one.code.coding[0].code: one for one in read(summary) if one.resource_type == "Observation"}
    assert asked <= set(found)
    name = f"knee_{sides[0]}_deg"
    knee = summary.measurements[name]
    quantity = found[name].valueQuantity
    assert (quantity.system, quantity.code) == (UCUM, "deg")
    assert quantity.value == knee.in_hold_median
    assert quantity.extension[0].valueDecimal == pytest.approx(knee.uncertainty / 1.96, abs=5e-4)


def test_the_verdict_names_each_fault_with_its_time(summaries):
    summary = summaries["hinge_knee_bent"]
    (verdict,) = [one for one in read(summary) if getattr(getattr(one, "code", None), "text", None) and
                  one.code.coding[0].code == "verdict"]  # fmt: skip
    assert verdict.valueCodeableConcept.coding[0].code == summary.verdict
    assert [part.code.coding[0].code for part in verdict.component] == [fault.id for fault in summary.faults]


def test_what_could_not_be_judged_has_no_value(summaries):
    (verdict,) = [one for one in read(summaries["empty_room"]) if one.resource_type == "Observation"]
    assert verdict.valueCodeableConcept is None
    assert verdict.dataAbsentReason.text == summaries["empty_room"].why


def test_the_day_of_a_check_is_not_that_of_the_recording(summaries):
    found = [one for one in read(summaries["hinge_good"]) if one.resource_type == "Observation"]
    assert {(one.issued.isostring, one.effectiveDateTime) for one in found} == {(WHEN, None)}


def test_pain_has_its_loinc_code(summaries):
    found = read(summaries["hinge_good"], forms=[PAIN_FORM])
    (pain,) = [one for one in found if one.resource_type == "Observation" and one.code.coding[0].code == "72514-3"]
    assert (pain.code.coding[0].system, pain.valueInteger) == (LOINC, 4)


def test_pain_says_from_which_answer_it_comes(summaries):
    bundle = make_bundle(
        summaries["hinge_good"], load_movement(HINGE), patient="A-17", when_utc=WHEN, forms=[PAIN_FORM]
    )
    kinds = {one.fullUrl: one.resource for one in Bundle(bundle).entry}
    (pain,) = [one for one in kinds.values() if getattr(one, "derivedFrom", None)]
    response = kinds[pain.derivedFrom[0].reference]
    assert (response.resource_type, response.status) == ("QuestionnaireResponse", "completed")
    assert (response.item[0].linkId, response.item[0].answer[0].valueInteger) == ("pain_before", pain.valueInteger)
    assert (response.authored.isostring, pain.effectiveDateTime.isostring) == (WHEN, WHEN)
    assert response.questionnaire == "urn:formcheck:questionnaire:session"
    assert kinds[response.subject.reference].resource_type == "Patient"


def test_answers_keep_their_kind(summaries):
    asked = [
        AnsweredQuestion("hurts", "Where?", [Choice("low_back", "low back"), Choice("calf", "calves")]),
        AnsweredQuestion("worse", "Worse?", [False]),
        AnsweredQuestion("felt", "Felt?", [Choice("better")]),
    ]
    (found,) = [
        one for one in read(summaries["hinge_good"], forms=[AnsweredForm("session", asked)])
        if one.resource_type == "QuestionnaireResponse"
    ]  # fmt: skip
    hurts, worse, felt = (item.answer for item in found.item)
    assert [(one.valueCoding.system, one.valueCoding.code) for one in hurts] == [
        (ANSWER_CODES, "low_back"), (ANSWER_CODES, "calf"),
    ]  # fmt: skip
    assert (worse[0].valueBoolean, worse[0].valueInteger) == (False, None)
    assert (felt[0].valueCoding.code, felt[0].valueCoding.display) == ("better", None)
    assert found.authored is None  # when it was answered is not known


def test_no_text_of_a_person_is_changed(summaries):
    asked = [AnsweredQuestion(f"asked_{k}", text, [text]) for k, text in enumerate(HOSTILE_TEXTS)]
    (found,) = [
        one for one in read(summaries["hinge_good"], forms=[AnsweredForm("movement.own", asked, WHEN)])
        if one.resource_type == "QuestionnaireResponse"
    ]  # fmt: skip
    assert [item.text for item in found.item] == HOSTILE_TEXTS
    assert [item.answer[0].valueString for item in found.item] == HOSTILE_TEXTS


def test_what_fhir_forbids_in_a_text_is_marked(summaries):
    asked = [AnsweredQuestion("asked_1", "a\x00b\x1b", ["\x07"])]
    (found,) = [
        one for one in read(summaries["hinge_good"], forms=[AnsweredForm("movement.own", asked)])
        if one.resource_type == "QuestionnaireResponse"
    ]  # fmt: skip
    assert (found.item[0].text, found.item[0].answer[0].valueString) == ("a\ufffdb\ufffd", "\ufffd")


def test_two_sets_without_a_file_are_two_bundles(summaries):
    summary = summaries["hinge_good"]
    nameless = summary.model_copy(update={"source": summary.source.model_copy(update={"sha256": ""})})
    later = nameless.model_copy(update={"created_utc": "2026-11-30T10:00:00+00:00"})
    ids = {make_bundle(one, load_movement(HINGE), patient="A-17", when_utc=WHEN)["id"] for one in (nameless, later)}
    assert len(ids) == 2


def test_without_answers_nothing_is_added(summaries):
    kinds = {one.resource_type for one in read(summaries["hinge_good"])}
    assert kinds == {"Patient", "Device", "Observation"}


def test_each_loinc_code_has_its_check_digit():
    codes = [PAIN, *(code for ends in KNEE_RANGE.values() for code, _ in ends.values())]
    assert len(set(codes)) == 5
    for code in codes:
        digits, check = code.split("-")
        doubled = [int(one) * (2 if place % 2 == 0 else 1) for place, one in enumerate(reversed(digits))]
        assert (sum(sum(divmod(one, 10)) for one in doubled) + int(check)) % 10 == 0


def test_a_knee_has_its_loinc_codes_counted_from_straight(summaries):
    summary = summaries["hinge_knee_bent"]
    [side] = list_worked_sides(summary)
    name = f"knee_{side}_deg"
    knee, codes = summary.measurements[name], {code: end for end, (code, _) in KNEE_RANGE[name].items()}
    found = {codes[one.code.coding[0].code]: one for one in read(summary)
             if one.resource_type == "Observation" and one.code.coding[0].code in codes}  # fmt: skip
    assert side in found["flexion"].code.coding[0].display
    assert found["flexion"].valueQuantity.value == pytest.approx(180 - knee.p05, abs=5e-4)
    assert found["extension"].valueQuantity.value == pytest.approx(180 - knee.p95, abs=5e-4)
    assert found["flexion"].valueQuantity.value > found["extension"].valueQuantity.value
    assert found["flexion"].valueQuantity.extension[0].valueDecimal == pytest.approx(knee.uncertainty / 1.96, abs=5e-4)
    assert "Not a test" in found["flexion"].note[0].text


def test_a_name_is_an_identifier_and_nothing_else(summaries):
    (patient,) = [one for one in read(summaries["hinge_good"]) if one.resource_type == "Patient"]
    assert patient.identifier[0].value == HOSTILE
    assert patient.name is None


def test_the_same_result_gives_the_same_bundle(summaries):
    again = [make_bundle(summaries["hinge_good"], load_movement(HINGE), patient="A", when_utc=WHEN) for _ in range(2)]
    assert again[0] == again[1]
