"""The HTTP server: uvicorn, with deadlines for its clients, processes and a graceful end."""
