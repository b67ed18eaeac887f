"""Volcanoes and their eruptions."""
