"""One file per simulated upstream: `HOST`, and `feed`, which answers its requests in its wire format."""
