"""Pages of an employer: its staff register."""
