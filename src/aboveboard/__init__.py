"""Aboveboard: choices that reach every partner, and prices that explain themselves, from one provable record."""

__version__ = "0.1.0"
