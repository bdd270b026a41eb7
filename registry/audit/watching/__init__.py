"""Who asks unusually whether people are known, at the counter or by lists, and what became of telling it."""
