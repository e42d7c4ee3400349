"""What several commands print: the warehouse in numbers, how far a run is, where the pages are."""
