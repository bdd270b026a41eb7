"""Both ends of our Unix sockets: one connection per thread asks, one thread per connection answers."""
