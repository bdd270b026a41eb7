"""What the translations of all agencies share: leftovers, German words and codes, hardened XML."""
