"""Acts and reads: models and values in, never a request; only transaction() commits."""
