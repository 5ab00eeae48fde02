"""The bridge: the engine, its store and broker, the edge and the hub, and the command."""
