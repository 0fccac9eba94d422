"""`python -m diag`."""

from diag.cli.main import main

main()
