"""A folder for each vendor protocol; strangers to one another."""
