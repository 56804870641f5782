"""What stands around a write: what it would change, reach and cut, and how it is taken back."""
