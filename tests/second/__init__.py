"""Second opinions: vectors, a policy engine, fuzzers and mutants of other makers, asked about what ours decides."""
