"""The words that all of Casebridge shares. Imports pydantic and the standard library only."""
