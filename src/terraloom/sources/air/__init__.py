"""What the air carries: gases, particles, radiation."""
