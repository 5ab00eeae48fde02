"""What adapter authors build and test with; start with the README beside this file."""
