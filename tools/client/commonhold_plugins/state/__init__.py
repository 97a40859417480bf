"""Remember the plugins that the client has installed into each environment."""
