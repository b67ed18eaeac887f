"""Climate: greenhouse gases, temperature, ice, and the oscillations of ocean and atmosphere."""
