"""Moves batches: plan -> pool -> write -> commit."""
