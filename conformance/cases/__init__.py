"""The cases: inputs, parameters and output gradients, each with a permanent id."""
