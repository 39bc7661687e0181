"""`podium`: the command line for people, one module per verb; reads a cluster, decides nothing."""
