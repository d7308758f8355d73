"""The library: find a movement, see it done well, see where the camera goes, practise it beside the clip."""
