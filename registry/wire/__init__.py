"""How our processes speak: frames over Unix sockets, messages, and the rows the keeper vouches for."""
