"""Create, adopt and move plugins: every command that writes into the user's working tree, except releases."""
