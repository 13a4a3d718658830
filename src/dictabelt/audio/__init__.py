"""Sound: what a file holds, and the same sound as WAV or MP3."""
