"""Words and shapes: what leaves or enters the process, and which field is sealed with which."""
