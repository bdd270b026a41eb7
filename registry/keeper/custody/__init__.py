"""Who holds the root key: a file, a Transit engine of OpenBao or Vault, or a PKCS#11 token."""
