"""What things are: frozen models and enums, without input or output."""
