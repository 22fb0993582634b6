"""NAS-Bench-101 [Ying2019]: cells of up to seven vertices with an operation on each interior one."""
