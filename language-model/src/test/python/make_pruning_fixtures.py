"""Makes src/test/resources/pruned: what pruning gives for models of the other test resources, computed with transformers.

For each model NAME.safetensors holds calibration ids; the importance of all parts in float64, from hooks on the modules
of transformers (the formulas are in docs/reference/pruning.md); the parts that are kept; the logits of a transformers
model of the smaller size whose weights are cut here; and the loss before and after. Run in language-model/ with
transformers 5.18 and torch 2.13:

    python src/test/python/make_pruning_fixtures.py [NAME...]
"""

import pathlib
import sys

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

RESOURCES = pathlib.Path("src/test/resources")
# name: layers, feed-forward, key-value heads, hidden size that are kept
MODELS = {
    "checkpoints/llama": (1, 40, 1, 33),
    "checkpoints/llama3-rope-tied": (2, 95, 1, 45),
    "checkpoints/llama-bf16-sharded": (1, 96, 2, 36),
    "checkpoints/mistral": (1, 17, 1, 31),
    "checkpoints/qwen2": (1, 50, 1, 40),
    "checkpoints/qwen3": (2, 30, 1, 29),
    "checkpoints/glm": (1, 41, 1, 30),
    "checkpoints/glm4": (2, 41, 1, 30),
    "checkpoints/tied-own-head": (1, 13, 1, 10),
    "families/linear-4": (1, 11, 1, 8),
    "families/mistral-window": (1, 11, 1, 9),
    "families/qwen2-window": (1, 11, 1, 9),
    "families/qwen3-window": (1, 11, 1, 9),
    "families/glm-partial-linear-4": (1, 11, 1, 9),
    "families/glm4-yarn": (1, 11, 1, 9),
}


def importance(model, ids):
    """Layers [L], neurons [L, F], groups [L, G] and channels [D]."""
    config = model.config
    count = config.num_hidden_layers
    streams, mixed, inner, normed = [None] * count, [None] * count, [None] * count, []

    def attach(i, layer):
        layer.register_forward_hook(lambda module, inputs, output: streams.__setitem__(i, (
            inputs[0].double(), (output[0] if isinstance(output, tuple) else output).double())))
        layer.self_attn.o_proj.register_forward_pre_hook(lambda module, x: mixed.__setitem__(i, x[0].double()))
        layer.mlp.down_proj.register_forward_pre_hook(lambda module, x: inner.__setitem__(i, x[0].double()))
        for norm in (layer.input_layernorm, layer.post_attention_layernorm):
            norm.register_forward_hook(lambda module, x, output: normed.append(output.double()))

    for i, layer in enumerate(model.model.layers):
        attach(i, layer)
    model(ids)
    rows, positions = ids.shape
    groups = []
    for x in mixed:
        heads = x.view(rows, positions, config.num_attention_heads, -1).square().sum((1, 3)).sqrt()
        groups.append(heads.view(rows, config.num_key_value_heads, -1).sum(2).mean(0))
    return dict(
        layers=torch.stack([1 - torch.nn.functional.cosine_similarity(x, y, -1).mean() for x, y in streams]),
        neurons=torch.stack([x.square().sum(1).sqrt().mean(0) for x in inner]),
        groups=torch.stack(groups),
        channels=sum(x.square().sum(1).sqrt().mean(0) for x in normed))


def largest(values, count):
    return torch.sort(torch.sort(values, descending=True, stable=True).indices[:count]).values


def cut(model, keep):
    """The state of the smaller model."""
    config = model.config
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    per_group = config.num_attention_heads // config.num_key_value_heads
    result = {}
    for name, value in model.state_dict().items():
        parts = name.split(".")
        key = name
        if parts[1] == "layers":
            old = int(parts[2])
            if old not in keep["layers"].tolist():
                continue
            new = keep["layers"].tolist().index(old)
            key = ".".join([*parts[:2], str(new), *parts[3:]])
            neurons, groups = keep["neurons"][new], keep["groups"][new].tolist()
            queries = torch.tensor([h * size + a for g in groups for h in range(g * per_group, (g + 1) * per_group)
                                    for a in range(size)])
            keys = torch.tensor([g * size + a for g in groups for a in range(size)])
        module, channels = parts[-2], keep["channels"]
        if module in ("q_proj", "k_proj", "v_proj"):
            value = value[queries if module == "q_proj" else keys]
        elif module in ("gate_proj", "up_proj"):
            value = value[neurons]
        elif module == "gate_up_proj":
            value = torch.cat([half[neurons] for half in value.chunk(2)])
        elif module in ("o_proj", "down_proj") or module.endswith("norm") and module not in ("q_norm", "k_norm"):
            value = value[channels]
        if value.dim() == 2:
            value = value[:, {"o_proj": queries, "down_proj": neurons}.get(module, channels)
                          if parts[1] == "layers" else channels]
        result[key] = value
    return result


def loss(model, ids):
    logits = model(ids).logits[:, :-1].double()
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten()).reshape(1)


@torch.no_grad()
def main():
    for number, (name, (layers, feed_forward, groups, hidden)) in enumerate(MODELS.items()):
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        torch.manual_seed(number)
        load = dict(dtype=torch.float32, attn_implementation="eager")
        model = AutoModelForCausalLM.from_pretrained(RESOURCES / name, **load).eval()
        config = model.config
        ids = torch.randint(0, config.vocab_size, (3, 26))
        # The last token of a row is only predicted.
        measured = importance(AutoModelForCausalLM.from_pretrained(RESOURCES / name, **load).eval(), ids[:, :-1])
        kept = largest(measured["layers"], layers)
        keep = dict(layers=kept,
                    neurons=torch.stack([largest(measured["neurons"][i], feed_forward) for i in kept]),
                    groups=torch.stack([largest(measured["groups"][i], groups) for i in kept]),
                    channels=largest(measured["channels"], hidden))
        size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        settings = config.to_dict() | dict(
            hidden_size=hidden, intermediate_size=feed_forward, num_hidden_layers=layers, head_dim=size,
            num_attention_heads=groups * config.num_attention_heads // config.num_key_value_heads,
            num_key_value_heads=groups)
        if settings.get("layer_types"):
            settings["layer_types"] = [settings["layer_types"][i] for i in kept]
        head = model.get_output_embeddings().weight
        settings["tie_word_embeddings"] = torch.equal(head, model.get_input_embeddings().weight)
        smaller = AutoModelForCausalLM.from_config(AutoConfig.for_model(config.model_type, **{
            key: value for key, value in settings.items() if key != "model_type"}), **load).eval()
        state = cut(model, keep) | {"lm_head.weight": head[:, keep["channels"]]}
        smaller.load_state_dict(state)
        save_file({"input_ids": ids, "logits": smaller(ids[:, :-1]).logits.contiguous(),
                   "loss.before": loss(model, ids), "loss.after": loss(smaller, ids),
                   **{f"importance.{key}": value.contiguous() for key, value in measured.items()},
                   **{f"kept.{key}": value.contiguous() for key, value in keep.items()}},
                  RESOURCES / "pruned" / f"{pathlib.Path(name).name}.safetensors")
        print(name, kept.tolist(), float(loss(model, ids)), float(loss(smaller, ids)))


main()
