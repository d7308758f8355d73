"""`formcheck agree`: compare verdicts of formcheck with labels that people gave."""
