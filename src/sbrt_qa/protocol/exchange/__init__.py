"""Exchange: protocols from and to the tables of others. What cannot be read is refused row by row, never guessed."""
