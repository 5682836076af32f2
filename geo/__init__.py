"""What is true without us: angles, sectors, coverage, gaps. Pure functions; no clock, file, net or database."""
