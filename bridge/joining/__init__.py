"""The roles of a process: each is joined in a module of its own, loaded where that role runs."""
