"""The ocean: sea level, tides, currents, waves, heat."""
