"""What reading files needs: only regular ones are opened, and each step is counted."""
