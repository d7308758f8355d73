"""Hold the words of the page that takes many recordings, by key."""

from __future__ import annotations

from formcheck.languages.phrase import Phrase

FOLDER_TITLE = Phrase("Several recordings")
NEEDS_SCRIPT = Phrase("This page needs JavaScript. One recording at a time goes in Review:")

FOLDER_WORDS = {
    "title": Phrase("Several recordings at once"),
    "lead": Phrase("Choose a folder, or several videos. Each is checked in turn; you may go on with what is ready."),
    "stays": Phrase("They stay on this machine. Each copy made for a check is deleted when its check ends."),
    "movement": Phrase("Movement"),
    "find_out": Phrase("Find out which one it is"),
    "side": Phrase("Side that works"),
    "side_auto": Phrase("Find out"),
    "side_left": Phrase("Left"),
    "side_right": Phrase("Right"),
    "choose_folder": Phrase("Choose a folder"),
    "choose_files": Phrase("Choose videos"),
    "drop": Phrase("or drop them here"),
    "limits": Phrase("Up to {files} at a time, each up to {size} MB and {minutes} minutes"),
    "queue": Phrase("What goes in"),
    "cancel": Phrase("Cancel"),
    "cancel_of": Phrase("Cancel {name}"),
    "cancel_all": Phrase("Cancel all"),
    "again": Phrase("Try again"),
    "again_of": Phrase("Try {name} again"),
    "left_out": Phrase("Left out, because they are not videos: {count}."),
    "too_many": Phrase("These are {count} recordings. The first {files} by name go in."),
    "nothing": Phrase("There is no video in it."),
    "total": Phrase("{done} of {count} done"),
    "total_problems": Phrase("{done} of {count} done, {problems} could not be checked"),
    "waits": Phrase("waits for its turn"),
    "copying": Phrase("is copied, {percent} %"),
    "looking": Phrase("is opened"),
    "opening": Phrase("the pose model is opened"),
    "measuring": Phrase("picture {done} of {total} is measured"),
    "drawing": Phrase("picture {done} of {total} is drawn"),
    "seconds_left": Phrase("about {count} s left"),
    "minutes_left": Phrase("about {count} min left"),
    "cancelled": Phrase("cancelled, nothing was stored"),
    "too_large": Phrase("It is larger than {size} MB. Cut it, or use “formcheck check” in a terminal."),
    "broken": Phrase("It did not arrive as a whole."),
    "lost": Phrase("formcheck does not answer. Is it still running?"),
    "gone": Phrase("This check was ended elsewhere."),
    "stored": Phrase("Stored on this machine, by the day of the recording"),
    "stored_none": Phrase("Nothing yet. Results will be listed here, and nowhere else."),
    "date_recording": Phrase("recorded"),
    "date_file": Phrase("date of the file"),
    "date_checked": Phrase("checked; the recording has no date"),
    "in_folder": Phrase("in {folder}"),
    "open_of": Phrase("Open {name}"),
    "leave": Phrase("Recordings that were not copied yet are left out if you leave this page."),
}
"""Key -> English text."""
