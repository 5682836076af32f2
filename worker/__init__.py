"""Its own process: looks at every camera, writes what it saw, forgets."""
