"""Who is let in: agencies, officers and letters enrolled, sign-ins, and what is refused."""
