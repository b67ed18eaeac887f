"""Feeds that hold hazards of several kinds."""
