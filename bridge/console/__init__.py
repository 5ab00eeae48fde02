"""The console: pages and an API for people; it works on the store, and on what the desk offers."""
