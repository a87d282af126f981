"""Writes what transformers 5.18 reads from each file in src/test/resources/configurations into expected.jsonl there.

    python src/test/python/make_configuration_expectations.py

The files have the keys and values of real models' config.json (the factors of longrope are made up).
"""

import json
import pathlib
import tempfile

from transformers import AutoConfig

FOLDER = pathlib.Path("src/test/resources/configurations")


def expectation(name, config):
    rope = config.rope_parameters
    full = rope.get("full_attention", rope)
    types = getattr(config, "layer_types", None) or ["full_attention"] * config.num_hidden_layers
    window = getattr(config, "sliding_window", None) or 0
    if config.model_type in ("mistral", "phi3"):
        types = ["sliding_attention" if window else "full_attention"] * config.num_hidden_layers
    return dict(
        name=name, family=config.model_type, vocabulary=config.vocab_size, hidden=config.hidden_size,
        feed_forward=config.intermediate_size, layers=config.num_hidden_layers, heads=config.num_attention_heads,
        key_value_heads=config.num_key_value_heads,
        head_size=getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads,
        positions=config.max_position_embeddings, epsilon=config.rms_norm_eps, tied=config.tie_word_embeddings,
        theta=float(full["rope_theta"]), rope=full["rope_type"], share=full.get("partial_rotary_factor") or 1.0,
        local_theta=float(rope["sliding_attention"]["rope_theta"]) if "sliding_attention" in rope else None,
        windows=[window if kind == "sliding_attention" else 0 for kind in types],
        unrotated=[i for i, used in enumerate(getattr(config, "no_rope_layers", [])) if not used],
        attention_scale=getattr(config, "attention_multiplier", None)
        or getattr(config, "query_pre_attn_scalar", 0) and config.query_pre_attn_scalar**-0.5 or 0.0,
        attention_cap=getattr(config, "attn_logit_softcapping", None) or 0.0,
        logits_cap=getattr(config, "final_logit_softcapping", None) or 0.0,
        embedding_factor=getattr(config, "embedding_multiplier", config.hidden_size**0.5
                                 if config.model_type.startswith("gemma") else 1.0),
        residual_factor=getattr(config, "residual_multiplier", 1.0),
        logits_divisor=getattr(config, "logits_scaling", 1.0),
        activation=getattr(config, "hidden_activation", None) or config.hidden_act)


def main():
    lines = []
    for file in sorted(FOLDER.glob("*.json")):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "config.json").write_text(file.read_text())
            lines.append(json.dumps(expectation(file.stem, AutoConfig.from_pretrained(folder))))
    (FOLDER / "expected.jsonl").write_text("\n".join(lines) + "\n")


main()
