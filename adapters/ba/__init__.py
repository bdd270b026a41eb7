"""What a Federal Employment Agency (BA) sends: applicant profiles in its own JSON, translated to our words."""
