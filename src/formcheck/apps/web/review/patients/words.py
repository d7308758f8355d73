"""Hold the words of the page of patients, by key."""

from __future__ import annotations

from formcheck.languages.phrase import Phrase

PATIENTS_TITLE = Phrase("Patients")
PATIENTS_NO_SCRIPT = Phrase(
    "This page needs JavaScript. Patients can also be kept in a terminal: formcheck patient. Back to"
)
WRONG = Phrase(
    "That is not the passphrase of this folder. Please type it again. A forgotten one cannot be found again by anyone, "
    "and the files are lost with it."
)
FOR_GUESTS = Phrase("Please say on Today who you are: the folders of patients are not for guests.")
PATIENTS_WORDS = {
    "title": PATIENTS_TITLE,
    "lead": Phrase("A folder for each patient, on this computer only."),
    "lost": Phrase("formcheck does not answer. Is it still running? Nothing that was saved is lost."),
    "working": Phrase("Working …"),
    "none": Phrase("There is no patient yet."),
    "add": Phrase("New patient"),
    "add_code": Phrase("Name, or better a code that only you know"),
    "add_code_note": Phrase("The name or code stays readable, also in an encrypted folder."),
    "add_pass": Phrase("Passphrase, if the folder is to be encrypted"),
    "again": Phrase("The same once more"),
    "pass_note": Phrase(
        "At least {count} characters; several words are good. A forgotten passphrase cannot be found again by anyone, "
        "and the files are lost with it."
    ),
    "pass_differs": Phrase("The two passphrases differ."),
    "add_go": Phrase("Make the folder"),
    "locked": Phrase("locked"),
    "unlocked": Phrase("encrypted, open now"),
    "readable": Phrase("not encrypted"),
    "open": Phrase("Open"),
    "open_of": Phrase("Open {name}"),
    "pass": Phrase("Passphrase"),
    "unlock": Phrase("Unlock"),
    "lock": Phrase("Lock"),
    "lock_note": Phrase(
        "Working copies are put back first. It also locks after {minutes} minutes without use, and when formcheck ends."
    ),
    "closed": Phrase("Locked. {count} working copies were put back."),
    "kept": Phrase("Recordings and results"),
    "kept_none": Phrase("Nothing is kept here yet."),
    "kept_on": Phrase("kept {when}"),
    "copy_open": Phrase("a readable copy is open"),
    "work": Phrase("Look at it"),
    "work_of": Phrase("Look at {name}"),
    "put_back": Phrase("Put back"),
    "put_back_of": Phrase("Put {name} back"),
    "put_back_note": Phrase("To look at it, a readable copy is made among the results. Put it back when you are done."),
    "export": Phrase("Take out (zip)"),
    "export_of": Phrase("Take {name} out"),
    "blur": Phrase("Hide the face in the film, leave out other pictures"),
    "new": Phrase("New recordings"),
    "active": Phrase("What Review checks from now on is kept here"),
    "practice": Phrase("A copy of each set that I record while I practise goes here, also while the folder is locked"),
    "practice_note": Phrase(
        "This is about the person who is chosen on Today. Settings decide whether sets are recorded; “My data” ends "
        "this, too."
    ),
    "diary": Phrase("Keep my practice diary"),
    "diary_kept": Phrase("The diary is kept here now: what was practised when, and what was said of pain."),
    "diary_label": Phrase("Practice diary of {name}"),
    "stored": Phrase("Results of this computer"),
    "stored_none": Phrase("There is no other result."),
    "move_in": Phrase("Move in"),
    "move_in_of": Phrase("Move {name} in"),
    "moved": Phrase("{name} lies in this folder now, and nowhere else."),
    "exports": Phrase("What left this folder"),
    "exports_none": Phrase("Nothing left this folder."),
    "export_line": Phrase("{what}, to {to}"),
    "manage": Phrase("Encrypt, passphrase, delete"),
    "encrypt": Phrase("Encrypt this folder"),
    "encrypted": Phrase("Everything in it is encrypted now."),
    "old_pass": Phrase("Passphrase until now"),
    "new_pass": Phrase("New passphrase"),
    "change_pass": Phrase("Change the passphrase"),
    "changed": Phrase("The new passphrase holds, the old one no longer."),
    "delete": Phrase("Delete everything of this patient"),
    "delete_code": Phrase("Write the name or code to delete everything"),
    "deleted": Phrase("Everything of this patient was deleted."),
    "back": Phrase("All patients"),
}
"""Key -> English text."""
