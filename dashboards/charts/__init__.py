"""Frame to chart: pure functions. Colours come from `colours`, units stand on the axes."""
