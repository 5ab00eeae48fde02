"""Adapters: one folder a protocol; each imports contracts and the kit, never another adapter."""
