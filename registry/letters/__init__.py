"""The letter a person signs in with, as a PDF to print; pure: text and codes in, bytes out."""
