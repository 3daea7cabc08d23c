"""megastructure: a self-replicating city, simulated for three thousand years."""

__version__ = "0.1.0"
