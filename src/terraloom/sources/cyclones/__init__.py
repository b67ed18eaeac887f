"""Tropical cyclones."""
