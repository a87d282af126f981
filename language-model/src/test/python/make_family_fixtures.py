"""Makes src/test/resources/families: tiny random models with settings that the other checkpoints do not have.

Each folder's expected.safetensors holds input ids and the logits that transformers gives for them in float32; and for
one folder of each family, the gradients of the sum of all hidden states after the last norm. Folders
with a name ending in -4 have the rotary settings in the layout of transformers 4. Run in language-model/ with
transformers 5.18 and torch 2.13:

    python src/test/python/make_family_fixtures.py [NAME...]

Without names all of them are made anew.
"""

import json
import pathlib
import shutil
import sys

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

OUT = pathlib.Path("src/test/resources/families")
SIZES = dict(vocab_size=32, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
             num_key_value_heads=2, pad_token_id=None, eos_token_id=2, bos_token_id=1)


def rope(kind, theta=10000.0, **settings):
    return dict(rope_type=kind, rope_theta=theta, **settings)


LONG_ROPE = dict(original_max_position_embeddings=32, rope_parameters=rope(
    "longrope", short_factor=[1.0, 1.25], long_factor=[1.5, 4.0]))

# name: model type, its settings, positions
MODELS = {
    "linear": ("llama", dict(head_dim=8, rope_parameters=rope("linear", factor=4.0)), 40),
    "linear-4": ("llama", dict(attention_bias=True, mlp_bias=True, rope_parameters=rope("linear", factor=4.0)), 40),
    "dynamic-4": ("llama", dict(head_dim=8, max_position_embeddings=16, rope_parameters=rope("dynamic", factor=2.0)),
                  40),
    "llama3-4": ("llama", dict(head_dim=8, max_position_embeddings=256, tie_word_embeddings=True, rope_parameters=rope(
        "llama3", 5e5, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64)),
                 40),
    "yarn": ("qwen3", dict(head_dim=16, attention_bias=True, max_position_embeddings=128, rope_parameters=rope(
        "yarn", 1e6, factor=4.0, original_max_position_embeddings=32)), 100),
    "yarn-4": ("qwen2", dict(max_position_embeddings=32, tie_word_embeddings=True, rope_parameters=rope(
        "yarn", factor=4.0, original_max_position_embeddings=16)), 100),
    "yarn-all-keys": ("llama", dict(head_dim=16, max_position_embeddings=128, rope_parameters=rope(
        "yarn", factor=8.0, beta_fast=16.0, beta_slow=2.0, mscale=1.5, mscale_all_dim=0.5, truncate=False,
        original_max_position_embeddings=16)), 100),
    "yarn-amplitude": ("mistral", dict(head_dim=16, sliding_window=None, max_position_embeddings=128,
                                       rope_parameters=rope("yarn", factor=8.0, attention_factor=1.3,
                                                            original_max_position_embeddings=16)), 100),
    "glm-partial-linear-4": ("glm", dict(head_dim=16, attention_bias=False, partial_rotary_factor=0.25,
                                         rope_parameters=rope("linear", factor=2.0, partial_rotary_factor=0.25)), 40),
    "glm4-yarn": ("glm4", dict(head_dim=16, tie_word_embeddings=True, max_position_embeddings=128,
                               rope_parameters=rope("yarn", factor=4.0, original_max_position_embeddings=32,
                                                    partial_rotary_factor=0.5)), 100),
    # Longer than a window and a chunk of queries.
    "mistral-window": ("mistral", dict(head_dim=8, sliding_window=7), 300),
    "qwen2-window": ("qwen2", dict(use_sliding_window=True, sliding_window=20, max_window_layers=1), 300),
    "qwen3-window": ("qwen3", dict(head_dim=8, use_sliding_window=True, sliding_window=1,
                                   layer_types=["sliding_attention", "full_attention"]), 30),
    "smollm3": ("smollm3", dict(num_hidden_layers=4, max_position_embeddings=128), 40),
    "smollm3-window": ("smollm3", dict(use_sliding_window=True, sliding_window=5, no_rope_layers=[0, 1],
                                       attention_bias=True, tie_word_embeddings=False), 40),
    "olmo2": ("olmo2", dict(rms_norm_eps=1e-5), 40),
    "granite": ("granite", dict(embedding_multiplier=12.0, residual_multiplier=0.22, attention_multiplier=0.4,
                                logits_scaling=8.0, tie_word_embeddings=True), 40),
    "phi3": ("phi3", dict(sliding_window=9), 40),
    "phi3-partial": ("phi3", dict(hidden_size=32, rope_parameters=rope("default", partial_rotary_factor=0.75)), 40),
    "phi3-longrope-short-4": ("phi3", dict(LONG_ROPE, max_position_embeddings=128), 30),
    "phi3-longrope": ("phi3", dict(LONG_ROPE, max_position_embeddings=128), 60),
    "gemma-4": ("gemma", dict(head_dim=8), 40),
    "gemma2-4": ("gemma2", dict(num_hidden_layers=3, head_dim=8, sliding_window=7, query_pre_attn_scalar=5,
                                attn_logit_softcapping=2.0, final_logit_softcapping=3.0), 150),
    "gemma3": ("gemma3_text", dict(num_hidden_layers=3, head_dim=8, sliding_window=7, query_pre_attn_scalar=5,
                                   layer_types=["sliding_attention", "full_attention", "sliding_attention"],
                                   rope_parameters=dict(sliding_attention=rope("default", 10000.0),
                                                        full_attention=rope("linear", 1e6, factor=8.0))), 40),
}

WITH_GRADIENTS = {"linear-4", "mistral-window", "qwen2-window", "qwen3-window", "glm-partial-linear-4", "glm4-yarn"}


def older_layout(file):
    config = json.loads(file.read_text())
    parameters = config.pop("rope_parameters")
    config["rope_theta"] = parameters.pop("rope_theta")
    parameters.pop("partial_rotary_factor", None)
    parameters["type"] = parameters.pop("rope_type")
    config["rope_scaling"] = parameters
    config["torch_dtype"] = config.pop("dtype")
    file.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def main():
    for number, (name, (kind, settings, positions)) in enumerate(MODELS.items()):
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        shutil.rmtree(OUT / name, ignore_errors=True)
        torch.manual_seed(number)
        folder = OUT / name
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **{**SIZES, **settings}))
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter), alpha=0.3)
        model.save_pretrained(folder)
        if name.endswith("-4"):
            older_layout(folder / "config.json")
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        ids = torch.randint(0, SIZES["vocab_size"], (1, positions))
        with torch.no_grad():
            logits = model(ids).logits.contiguous()
        expected = {"input_ids": ids, "logits": logits}
        if name in WITH_GRADIENTS:
            model.model(ids).last_hidden_state.sum().backward()
            expected |= {f"gradient.{weight}": parameter.grad for weight, parameter in model.named_parameters()
                         if parameter.grad is not None}
        save_file(expected, folder / "expected.safetensors")
        (folder / "generation_config.json").unlink(missing_ok=True)
        print(name, float(logits.std()))


main()
