"""How well lists are linked whose truth is known: FEBRL's made-up Australians."""
