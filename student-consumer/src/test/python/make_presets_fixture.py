"""Counts the parameters of the students' presets with transformers, on the meta device, for GLM-4's vocabulary.

    python make_presets_fixture.py OUT_FILE
"""
import json
import pathlib
import sys

import torch
import transformers

PRESETS = {  # hidden, feed-forward, layers, heads, key-value heads, tied: table of architectures in arXiv 2410.16215
    "laptop": (128, 352, 3, 4, 2, True),
    "330M": (1024, 4096, 12, 16, 2, True),
    "670M": (1024, 4096, 24, 16, 2, True),
    "1.9B": (2048, 6912, 24, 16, 2, False),
    "3.8B": (3072, 8192, 28, 24, 8, False),
    "6.8B": (4096, 12800, 28, 32, 8, False),
}

counts = {}
for name, (hidden, inner, layers, heads, groups, tied) in PRESETS.items():
    config = transformers.LlamaConfig(vocab_size=151552, hidden_size=hidden, intermediate_size=inner,
                                      num_hidden_layers=layers, num_attention_heads=heads, num_key_value_heads=groups,
                                      tie_word_embeddings=tied)
    with torch.device("meta"):
        model = transformers.LlamaForCausalLM(config)
    model.tie_weights()
    counts[name] = sum(parameter.numel() for parameter in model.parameters())
pathlib.Path(sys.argv[1]).write_text(json.dumps(counts, indent=1) + "\n")
