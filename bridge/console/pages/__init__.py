"""The pages, one module each; every module gives its ``ROUTES``."""
