"""Small protos of our own; `make protos` regenerates the modules beside the .proto files."""
