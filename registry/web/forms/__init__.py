"""What pages ask for, beside the pages: fields, forms, and what is recorded of what was filled in."""
