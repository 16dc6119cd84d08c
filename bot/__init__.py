"""The house: what Parvis knows, does and remembers. Files at this level are the roof, which alone sees every room."""
