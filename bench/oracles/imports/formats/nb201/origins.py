"""What tables say about the benchmarks their numbers come from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """One published benchmark.

    Attributes:
        protocol: how the networks were trained and measured.
        citation: what to cite.
        licence: under which the numbers were published.
    """

    protocol: str
    citation: str
    licence: str


_SCHEDULES = (
    "separate schedules of 12 and 200 epochs; SGD with Nesterov momentum, learning rate 0.1 on a cosine, batch 256, "
    "weight decay 5e-4, crops and flips"
)

NAS_BENCH_201 = Origin(
    protocol=f"NAS-Bench-201: {_SCHEDULES}; one to three seeds an architecture",
    citation="Dong & Yang, NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search, ICLR 2020",
    licence="MIT (D-X-Y/NAS-Bench-201)",
)

NATS_BENCH = Origin(
    protocol=f"NATS-Bench topology space: {_SCHEDULES}; two or three seeds an architecture at 200 epochs",
    citation=(
        "Dong, Liu, Musial & Gabrys, NATS-Bench: Benchmarking NAS Algorithms for Architecture Topology and Size, "
        "IEEE TPAMI 2021"
    ),
    licence="MIT (D-X-Y/NATS-Bench)",
)
