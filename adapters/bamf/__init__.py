"""What BAMF sends: answers and reports of the foreigners' register and course data, XAusländer-like, in our words."""
