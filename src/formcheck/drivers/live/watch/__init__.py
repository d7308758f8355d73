"""Watches of a person in front of the camera: the view, the hands, the rest."""
