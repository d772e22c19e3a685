"""What vendors and our own plugins test with."""
