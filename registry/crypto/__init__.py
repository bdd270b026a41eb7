"""Primitives on bytes: encoding of contexts, derivation, envelopes, MACs, signatures."""
