"""Reads logitstream's logits topics, for students in PyTorch."""

from logitstream import logits
from logitstream.logits import Logits, Record, Selection, Teacher, decode, document_positions, top_k_padded

try:
    from logitstream import compiled
except ImportError:
    # Without numba, numpy decodes at a fiftieth of the speed.
    pass
else:
    logits.CODECS["compact-1"] = compiled.decode_compact
    logits.CODECS["compact-1-supports"] = compiled.decode_compact_supports
    logits.find_duplicates = compiled.has_duplicates

__all__ = ["Logits", "Record", "Selection", "Teacher", "decode", "document_positions", "top_k_padded"]
