"""What a municipal Jobcenter sends and gets: monthly XML, the CSV of its case-work system, entitlements for BAMF."""
