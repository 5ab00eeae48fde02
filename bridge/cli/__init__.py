"""The command ``casebridge``."""
