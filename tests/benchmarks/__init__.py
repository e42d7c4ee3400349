"""Speed and memory, measured side by side: ratios of one run, because machines are noisy."""
