"""Children that transcode, one segment at a time each: started, watched, replaced. No media."""
