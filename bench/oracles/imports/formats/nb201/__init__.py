"""NAS-Bench-201 and the topology space of NATS-Bench: every published form of the same measurements."""
