"""What logs say: which entries are asked for, and the known failure texts that are looked for in them."""
