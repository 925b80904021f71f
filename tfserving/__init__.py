"""What this project knows of TensorFlow Serving; nothing in here imports Pulumi."""
