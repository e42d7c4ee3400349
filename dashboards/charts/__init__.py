"""Frame to chart: pure functions. Colours come from `colours`, units stand on the axes."""

from altair.utils import schemapi

# Altair checks the whole chart when it is drawn; to check each part when it is made as well takes half as long again.
schemapi.disable_debug_mode()
