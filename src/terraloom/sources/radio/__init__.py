"""The ionosphere as radio meets it."""
