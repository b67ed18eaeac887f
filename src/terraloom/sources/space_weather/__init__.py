"""The Sun, the solar wind, and what they do to the Earth's magnetic field."""
