"""Zero-cost proxies: numbers of an untrained network that are hoped to rank architectures. One file each.

All of them look at one `Probe`, which holds a batch, a network of fresh weights and what several of them need of both,
computed once. A new proxy is a file here with a class that derives from `Proxy` and registers itself in `ESTIMATORS`.
"""
