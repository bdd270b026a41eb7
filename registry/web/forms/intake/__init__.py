"""What is asked at the counter, and how it becomes what is recorded."""
