"""Where Podium's scaling stands: the operator's own policy and faithful peers on the same load."""
