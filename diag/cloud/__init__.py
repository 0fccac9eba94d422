"""The live source: the only folder that imports `google.*`, and nothing of it before a call needs it."""
