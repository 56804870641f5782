"""The commands of `tortie`, one a file."""
