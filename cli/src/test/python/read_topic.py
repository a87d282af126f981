"""Reads a logits topic with the Python package: read_topic.py PACKAGE BOOTSTRAP REGISTRY TOPIC.

Prints the key of each batch in the order of the topic, with the number of its predicted tokens and of its kept entries.
"""

import sys
import threading

sys.path.insert(0, sys.argv[1])
# Numpy decodes a small topic sooner than numba compiles the decoder.
sys.modules["numba"] = None

from logitstream import logits
from logitstream.order import BatchOrder
from logitstream.registry import SchemaRegistry
from logitstream.source import KafkaSource

source = KafkaSource(sys.argv[2], sys.argv[4])
order = BatchOrder(source, registry=SchemaRegistry(sys.argv[3]))
while given := order.next(threading.Event()):
    record = logits.decode_envelope(given.envelope)
    print(given.envelope.key, len(record.logits.tail_mass), len(record.logits.ids))
source.close()
