"""dataplane/nftables."""
