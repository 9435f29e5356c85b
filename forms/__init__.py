"""Forms: a module per noun, one form per act; they check shape, the rules of domain/ check right."""
