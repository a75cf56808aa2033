"""Tables, readers, identities and the item bank: what enters and what is kept."""
