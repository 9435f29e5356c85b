"""Pages of bureau staff and auditors."""
