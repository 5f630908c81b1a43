"""Small programs that show how others talk to Jianyi."""
