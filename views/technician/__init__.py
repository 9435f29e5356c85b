"""Pages of a technician: the year, the entries, the proofs."""
