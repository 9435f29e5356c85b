"""Pages of the Centre, which runs the platform (art. 7)."""
