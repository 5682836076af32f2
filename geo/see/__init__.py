"""What one camera sees: optics, levels, sectors, certain and possible ground."""
