"""The live page: a camera in the browser, one socket, one session for each page that is open."""
