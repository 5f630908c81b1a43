"""What the router decides: the matter of a text, the route of an item, its dispatch."""
