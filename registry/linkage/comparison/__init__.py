"""How alike two identities are, part by part, in bits; pure, and on tokens alone."""
