"""What is measured: the metric catalogue, stations, the partitioned store and its rollups."""
