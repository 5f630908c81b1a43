"""What intake decides: pure values and decisions, no input or output."""
