"""
The benchmark: how much of what the hardware gives is left when the bridge has done its thinking.

Every figure is a ratio between two things measured side by side, in turns, in one run: such a
ratio travels to another machine, a rate does not. ``make bench``; ``python -m bench --help``.
"""
