"""The engine: pure. Does no I/O, reads no clock, draws no random number, is not async."""
