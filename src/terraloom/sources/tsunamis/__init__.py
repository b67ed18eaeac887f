"""Tsunamis: warnings, and that there is none to fear."""
