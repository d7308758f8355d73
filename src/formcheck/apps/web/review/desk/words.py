"""Hold the words of the desk's page, by key."""

from __future__ import annotations

from formcheck.languages.phrase import Phrase

DESK_TITLE = Phrase("Correct, prescribe, report")
DESK_NO_SCRIPT = Phrase("This page needs JavaScript. The result itself is in Review:")

_AROUND = {
    "back": Phrase("Back to the result"),
    "loading": Phrase("Opening the recording …"),
    "working": Phrase("Judging again …"),
    "lost": Phrase("formcheck does not answer. Is it still running? Nothing that was saved is lost."),
    "saved": Phrase("Saved."),
    "verdict_label": Phrase("Verdict"),
    "own_limits": Phrase("Judged with this person's own numbers: {changes}."),
    "by": Phrase("Who corrects"),
    "by_missing": Phrase("Please write who corrects first."),
    "undo": Phrase("Undo"),
    "undo_none": Phrase("There is nothing to undo."),
    "parts": Phrase("Good"),
    "unseen": Phrase("Could not be judged"),
}

_LOOKING = {
    "stage_label": Phrase("Recording. Arrow keys step picture by picture."),
    "no_film": Phrase("No film was kept with this result; the body is drawn from the saved points."),
    "film_drawn": Phrase("The lines are part of this film and cannot be switched off."),
    "film_broken": Phrase("The film cannot be played here; the body is drawn from the saved points."),
    "tools": Phrase("Tools"),
    "tool_look": Phrase("Look"),
    "tool_joint": Phrase("Move a joint"),
    "tool_note": Phrase("Note"),
    "tool_line": Phrase("Line"),
    "tool_angle": Phrase("Angle"),
    "tool_patient": Phrase("Patient"),
    "hint_look": Phrase("Drag to move the picture, turn the wheel to zoom."),
    "hint_joint": Phrase("Drag a joint to where it is. The pictures just before and after follow."),
    "hint_note": Phrase("Write what you see in this picture."),
    "hint_line": Phrase("Click where the line begins and where it ends."),
    "hint_angle": Phrase("Click the end of one arm, the corner, the end of the other arm."),
    "hint_patient": Phrase("Is another person followed? Click the patient, as early as they are seen well."),
    "patient_lead": Phrase("The recording is checked again. This result stays as it is."),
    "patient_follow": Phrase("Follow this person"),
    "patient_chosen": Phrase("Follows the person who was chosen at {clock}."),
    "joint_choose": Phrase("Joint"),
    "joint_keys": Phrase("With keys: in the picture, Alt and an arrow move it, Enter keeps it."),
    "note_text": Phrase("Words of the note"),
    "note_save": Phrase("Keep it"),
    "layers": Phrase("Show"),
    "layer_limbs": Phrase("Body"),
    "layer_back": Phrase("Back"),
    "layer_joints": Phrase("Joints"),
    "layer_angles": Phrase("Angles"),
    "layer_notes": Phrase("Notes"),
    "layer_ghost": Phrase("Other body"),
    "ghost": Phrase("Lay over"),
    "ghost_none": Phrase("no other body"),
    "ghost_sides": Phrase("the other side of this recording"),
    "ghost_lead": Phrase("Dashed: {name}, same phase"),
    "ghost_outside": Phrase("{name} is shown within repetitions"),
    "zoom_in": Phrase("Larger"),
    "zoom_out": Phrase("Smaller"),
    "zoom_fit": Phrase("Whole picture"),
    "play": Phrase("Play"),
    "pause": Phrase("Pause"),
    "step_back": Phrase("One picture back"),
    "step_on": Phrase("One picture on"),
    "fault_back": Phrase("Fault before"),
    "fault_on": Phrase("Next fault"),
    "speed": Phrase("Speed"),
    "picture_of": Phrase("picture {number} of {count}"),
    "keys_title": Phrase("Keys"),
    "keys": Phrase(
        "← → one picture, with Shift ten. J K L back, stop, on; again is faster. Space plays. "
        "P N fault before and next. A accept, R reject the fault that is shown. I O begin and end of the part. "
        "+ − 0 zoom. Ctrl-Z undo."
    ),
}

_TIMELINE = {
    "time_label": Phrase("Position in the recording"),
    "time_of": Phrase("{clock} of {length}"),
    "lane_phases": Phrase("Phase"),
    "lane_holds": Phrase("Hold"),
    "lane_unknown": Phrase("Cannot tell"),
    "lane_notes": Phrase("Notes, cuts"),
    "hold_start": Phrase("Begin of hold {number}"),
    "hold_end": Phrase("End of hold {number}"),
    "hold_valid": Phrase("{seconds} s count"),
    "hold_paused": Phrase("clock paused: {why}"),
    "unknown_of": Phrase("{name}: cannot tell, {clock}"),
    "cut_of": Phrase("not judged, {clock}"),
    "neutral_of": Phrase("own long back, {clock}"),
    "target": Phrase("target"),
    "side_left": Phrase("L"),
    "side_right": Phrase("R"),
    "unknown_now": Phrase("cannot tell"),
    "closer": Phrase("Closer"),
    "wider": Phrase("Wider"),
    "whole": Phrase("Whole recording"),
    "more_curves": Phrase("Show all {count} curves"),
    "fewer_curves": Phrase("Show fewer curves"),
    "part_from": Phrase("From"),
    "part_to": Phrase("to"),
    "part_here": Phrase("now"),
    "part_from_now": Phrase("The part begins now"),
    "part_to_now": Phrase("The part ends now"),
    "part_add": Phrase("Add this fault"),
    "part_fault": Phrase("Fault to add"),
    "part_cut": Phrase("Do not judge"),
    "part_neutral": Phrase("Own long back"),
    "part_needed": Phrase("Please choose a part first: its begin and its end."),
    "explain": Phrase("What do the numbers mean?"),
    "explain_target": Phrase("Target: where the form aims to be, the green area. Orange: between target and limit."),
    "explain_limit": Phrase(
        "Limit: formcheck reports a fault past it, but only if the whole range of ± lies outside the target."
    ),
    "explain_doubt": Phrase(
        "±: the number is an estimate from one camera; the light ribbon holds the truth 95 times in 100. Grey means "
        "that the camera could not tell."
    ),
}

_SIDE = {
    "tab_faults": Phrase("Faults"),
    "tab_table": Phrase("Measures"),
    "tab_log": Phrase("Corrections"),
    "tab_prescribe": Phrase("Prescribe"),
    "tab_report": Phrase("Report"),
    "tab_draft": Phrase("Draft"),
    "accept": Phrase("Accept"),
    "reject": Phrase("Reject"),
    "take_back": Phrase("Take back"),
    "status_accepted": Phrase("accepted"),
    "status_rejected": Phrase("rejected"),
    "status_added": Phrase("added by hand"),
    "no_faults": Phrase("No fault was reported or added."),
    "show_fault": Phrase("Show {name}, {when}"),
    "accept_fault": Phrase("Accept {name}, {when}"),
    "reject_fault": Phrase("Reject {name}, {when}"),
    "take_back_of": Phrase("Take back: {words}"),
    "measured": Phrase("Measured"),
    "in_hold": Phrase("in the hold"),
    "median": Phrase("median"),
    "most": Phrase("90 % of the time"),
    "no_log": Phrase("Nothing was corrected yet. What was measured is kept; corrections are stored apart from it."),
    "log_lead": Phrase(
        "Newest first. What was measured is kept; corrections are stored apart from it, with name and time."
    ),
}

_PRESCRIBE = {
    "form_lead": Phrase("Only what differs from the movement is kept. Empty means no limit at that end."),
    "form_none": Phrase("This movement is not in the catalogue, so no limits can be prescribed for it."),
    "form_patient": Phrase("Patient (name or code)"),
    "form_goal": Phrase("Goal, in the person's words"),
    "form_review": Phrase("Look again on"),
    "form_days": Phrase("Days a week"),
    "form_hold": Phrase("Hold, seconds"),
    "form_repetitions": Phrase("Repetitions"),
    "form_easier": Phrase("The easier way: {easier}"),
    "form_note": Phrase("Word to the person"),
    "form_limits": Phrase("Limits of this person"),
    "form_target": Phrase("target"),
    "form_warn": Phrase("limit"),
    "form_low": Phrase("{measure}, {band}, from"),
    "form_high": Phrase("{measure}, {band}, to"),
    "form_usual": Phrase("usual: {band}"),
    "form_open": Phrase("open"),
    "form_changes": Phrase("What differs for this person"),
    "form_same": Phrase("Nothing differs from the movement file."),
    "form_judge": Phrase("Keep, and judge this recording again"),
    "form_remove": Phrase("Take the prescription away"),
    "form_file": Phrase("Download the file"),
    "form_unsaved": Phrase("Not kept yet."),
}

_REPORT = {
    "report_lead": Phrase("One to three pages: verdict, pictures, measures, faults, plan."),
    "report_patient": Phrase("Patient, as it is to be printed"),
    "report_complaint": Phrase("Complaint"),
    "report_adherence": Phrase("Done of planned, such as 7 of 9 sets"),
    "report_pain": Phrase("Pain now, 0 to 10"),
    "report_pain_not": Phrase("not asked"),
    "report_compare": Phrase("Compare with"),
    "report_alone": Phrase("no earlier result"),
    "report_paper": Phrase("Paper"),
    "report_pdf": Phrase("Make the PDF"),
    "report_html": Phrase("Make the HTML page"),
    "report_curves": Phrase("Compare the curves"),
    "report_curves_note": Phrase("Without an earlier result, the left side is compared with the right one."),
    "report_making": Phrase("Making it …"),
    "report_ready": Phrase("Ready: {name}"),
    "export_title": Phrase("Take it with you"),
    "export_xlsx": Phrase("Excel: everything"),
    "export_csv": Phrase("Table of every picture"),
    "export_fhir": Phrase("FHIR bundle"),
    "export_trc": Phrase("OpenSim markers"),
    "export_mot": Phrase("OpenSim angles"),
    "export_c3d": Phrase("C3D markers"),
    "export_dlc": Phrase("DeepLabCut table"),
    "export_nwb": Phrase("NWB"),
    "export_corrections": Phrase("The corrections"),
}

_DRAFT = {
    "draft_lead": Phrase(
        "Does this recording show about three good repetitions? Then formcheck drafts a movement file from it, and "
        "lists what you should decide. It is kept on this computer only."
    ),
    "draft_name": Phrase("Name of the new movement"),
    "draft_like": Phrase("Like"),
    "draft_bare": Phrase("none of these"),
    "draft_make": Phrase("Draft it"),
    "draft_making": Phrase("Drafting …"),
    "draft_made": Phrase("Drafted; repetitions seen: {count}. Read it, change it, then keep it."),
    "draft_unsure": Phrase("What you should decide"),
    "draft_text": Phrase("The movement file"),
    "draft_keep": Phrase("Keep it"),
    "draft_replace": Phrase("Replace the one that is kept"),
    "draft_taken": Phrase("A movement of this name is kept already."),
    "draft_kept": Phrase("{name} is kept."),
    "draft_live": Phrase("Try it live"),
    "draft_library": Phrase("See it in the Library"),
    "draft_review": Phrase("Check a recording by it"),
    "draft_change": Phrase("Change it"),
}

DESK_WORDS = {**_AROUND, **_LOOKING, **_TIMELINE, **_SIDE, **_PRESCRIBE, **_REPORT, **_DRAFT}
"""Key -> English text."""
