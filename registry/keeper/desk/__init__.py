"""The keeper's desk: who can come in, what proves who somebody is, and that a decision is theirs."""
