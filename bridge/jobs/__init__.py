"""Jobs: what a person asks of one case, or of many, planned before it is done."""
