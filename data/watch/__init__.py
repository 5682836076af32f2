"""What is believed of the cameras, written, remembered and told: status, journal, incidents, alarms, pictures."""
