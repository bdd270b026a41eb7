"""What the keeper does when asked: enrol, open, seal, grant, link, prune; each act checks by itself whether it may."""
