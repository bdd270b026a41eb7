"""What a person says herself: stated, corrected and taken back, and asked about again where a link has ended."""
