"""The command line: a module a command."""

import gc

# Before anything is imported: nearly all that a run makes lives until its end, and looking for what does not
# takes a tenth of the time of a start.
gc.set_threshold(200_000)
