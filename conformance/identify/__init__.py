"""Which dialect an implementation speaks: asked call by call, never believed."""
