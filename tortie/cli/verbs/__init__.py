"""The commands of `calicoctl`, one a file."""
