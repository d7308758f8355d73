"""What a person says about themselves, sitting at the desk, and reminders."""
