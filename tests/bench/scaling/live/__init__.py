"""The comparison on a real cluster: the same world by the clock, over pods that only exist.

Pods are kwok's and start as slowly as a trace's pools do. The operator and KEDA are real, and see
the load only as they do in production: over the queue, and over an HTTP page.
"""
