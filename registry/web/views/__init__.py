"""What pages show and do; each calls one act."""
