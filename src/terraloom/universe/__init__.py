"""The simulated planet: upstream servers in their wire formats, with known truth and faults on demand."""
