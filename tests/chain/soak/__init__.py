"""The chain side of the operator under everything that goes wrong, on a real chain of our own.

One process stands for the cluster and the network: it mines blocks, breaks endpoints and lets
time pass. The operator lives in processes beside it, which are killed, frozen and replaced.
"""
