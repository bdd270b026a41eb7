"""What API and pages share: who comes in, and what is told about what was refused."""
