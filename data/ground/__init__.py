"""What people bring of the country itself: lines, zones, buildings, roads, villages and what happened where."""
