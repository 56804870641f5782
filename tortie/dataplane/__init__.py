"""What enforces the compiled policy: the difference between desired and actual, and the kernel (`nftables`)."""
