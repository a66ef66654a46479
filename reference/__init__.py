"""What is right: the specification of max pooling and its executable form."""
