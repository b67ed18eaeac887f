"""People: how many, how they live, what they emit."""
