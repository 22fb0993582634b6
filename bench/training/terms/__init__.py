"""Terms added to super-net training: one file a term."""

from __future__ import annotations

from nasrank.bench.training.terms.term import TERMS, Coefficient, Term, TermContext

__all__ = ["TERMS", "Coefficient", "Term", "TermContext"]
