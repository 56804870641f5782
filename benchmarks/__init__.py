"""Measurements of speed and size; never tests. Run with `scripts/bench NAME [--json]`."""
