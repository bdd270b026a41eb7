"""After a restore: the log as a file, and what it says has ended, ended again."""
