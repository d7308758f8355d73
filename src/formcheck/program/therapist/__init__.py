"""What a therapist changes: corrections of a result, and a prescription for one person."""
