"""BA's profile part by part: what each part says in our words, and how BA would write it again."""
