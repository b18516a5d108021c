"""What moto does not answer: it has no language models, and runs no functions that nodes invoke."""

from __future__ import annotations

MODEL = "local.scripted"
ALLOWED_MODELS = f"arn:aws:bedrock:*::foundation-model/{MODEL}"

MODEL_ANSWER = (
    b'{"output": {"message": {"role": "assistant", "content": [{"text": "Hello."}]}}, '
    b'"stopReason": "end_turn", "usage": {"inputTokens": 9, "outputTokens": 2, "totalTokens": 11}, '
    b'"metrics": {"latencyMs": 1}}'
)
"""To Converse."""

FUNCTION_ANSWER = b'{"greeting": "Hello."}'
"""To Invoke."""
