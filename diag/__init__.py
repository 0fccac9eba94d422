"""diag: is what must hold between a client and its database true in this Google Cloud project?"""

__version__ = "0.1.0"
