"""The commands: arguments in, text and an exit code out; what they do is done elsewhere."""
