"""What every API front shares: routing, credentials, media, signed links, documents."""
