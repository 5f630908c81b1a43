"""Tables people upload, look at line by line, and then import."""
