"""The restoration gate: how findings are counted, when a run is clean, and when service counts as restored."""
