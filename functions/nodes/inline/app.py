"""Runs segments of inline nodes alone: start, end, transform, condition, switch, delay."""

from workflows.runtime.handler import node_handler

lambda_handler = node_handler({})
