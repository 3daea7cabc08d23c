"""Worlds that several tests use, and twins to compare them with: one concept a file. No test imports another test."""
