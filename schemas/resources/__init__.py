"""The HTTP resources: <Noun>In is what we accept, <Noun>Out is what we promise."""
