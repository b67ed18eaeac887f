"""The land surface: fires, drought."""
