"""What the tracker decides: the course of a case, its duties and clocks, who may do what."""
