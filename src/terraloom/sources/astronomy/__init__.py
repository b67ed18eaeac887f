"""What flies past, into and around the Earth, and what is seen in the sky."""
