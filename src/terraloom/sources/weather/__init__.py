"""Warnings of the weather services, and what the weather is."""
