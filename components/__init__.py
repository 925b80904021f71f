"""Pulumi components: they wire resources; text and arithmetic live in tfserving."""
