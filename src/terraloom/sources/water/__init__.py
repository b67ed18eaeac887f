"""Fresh water: rivers and their gauges."""
