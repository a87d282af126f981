"""Writes src/test/resources/training-step: tiny models, two batches with sparse targets, and what training steps make of
them with transformers' forward pass, autograd over a dense loss and PyTorch's AdamW: two steps of Llama with several
losses, and one step of each model in families/.

    python src/test/python/make_training_step_fixture.py [families]
    (torch, transformers, safetensors; from the module's folder; families keeps the batches and writes families/ alone)
"""
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

OUT = Path("src/test/resources/training-step")
VOCABULARY, ROWS, LENGTH, WIDEST = 31, 2, 6, 5
TEMPERATURE = 2.0

torch.manual_seed(11)


def new_model(tied):
    return LlamaForCausalLM(LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=8, intermediate_size=12, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=16, tie_word_embeddings=tied, initializer_range=0.3))


def batch(name, tensors):
    positions = ROWS * (LENGTH - 1)
    tensors[f"{name}.tokens"] = torch.randint(VOCABULARY, (ROWS, LENGTH), dtype=torch.int32)
    counts = torch.randint(1, WIDEST + 1, (positions,), dtype=torch.int32)
    teacher = torch.log_softmax(2 * torch.randn(positions, VOCABULARY), -1)
    log_probs, ids = teacher.sort(-1, descending=True)
    kept = torch.arange(VOCABULARY)[None, :] < counts[:, None]
    tensors[f"{name}.counts"] = counts
    tensors[f"{name}.ids"] = ids[kept].to(torch.int32)
    tensors[f"{name}.log_probs"] = log_probs[kept].contiguous()
    tensors[f"{name}.tail"] = (log_probs.exp() * ~kept).sum(-1)


def loss(model, tensors, name, alpha, kind):
    tokens = tensors[f"{name}.tokens"].long()
    log_p = torch.log_softmax(model(tokens[:, :-1]).logits.flatten(0, 1), -1)
    lm = -log_p.gather(1, tokens[:, 1:].reshape(-1, 1)).mean()
    kd = 0
    entry = 0
    for position, count in enumerate(tensors[f"{name}.counts"].tolist()):
        ids = tensors[f"{name}.ids"][entry:entry + count].long()
        kept = tensors[f"{name}.log_probs"][entry:entry + count]
        log_r = log_p[position, ids]
        if kind == "bucket":
            outside = torch.ones(log_p.shape[1], dtype=torch.bool).index_fill(0, ids, False)
            q = torch.cat([kept.exp(), tensors[f"{name}.tail"][position:position + 1]])
            log_r = torch.cat([log_r, torch.logsumexp(log_p[position, outside], 0)[None]])
        else:
            q = torch.softmax(kept / (TEMPERATURE if kind == "tempered-kld" else 1), 0)
        kd = kd + (q * ((0 if kind == "nll" else q.log()) - log_r)).sum()
        entry += count
    kd = kd / log_p.shape[0]
    return (1 - alpha) * lm + alpha * kd, lm, kd


# Shapes beside hidden size 8, two layers and two heads. Windows of 3 are shorter than the rows; head size 6 is not hidden
# size / heads; the vocabulary of 40 has 9 rows of padding beyond the batches' ids.
FAMILIES = {
    "llama3-rope-tied": dict(model_type="llama", tie_word_embeddings=True, head_dim=6, rope_parameters={
        "rope_type": "llama3", "rope_theta": 500.0, "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 4}),
    "llama-biases": dict(model_type="llama", attention_bias=True, mlp_bias=True),
    "mistral": dict(model_type="mistral", sliding_window=None, head_dim=6),
    "mistral-window": dict(model_type="mistral", sliding_window=3, head_dim=6),
    "qwen2": dict(model_type="qwen2", tie_word_embeddings=True),
    "qwen2-window": dict(model_type="qwen2", use_sliding_window=True, sliding_window=3, max_window_layers=1),
    "qwen3": dict(model_type="qwen3", head_dim=6),
    "qwen3-padded": dict(model_type="qwen3", head_dim=6, tie_word_embeddings=True, vocab_size=40),
    "qwen3-bias": dict(model_type="qwen3", head_dim=6, attention_bias=True),
    "glm": dict(model_type="glm", head_dim=8, attention_bias=True, partial_rotary_factor=0.5),
    "glm4": dict(model_type="glm4", head_dim=8, attention_bias=False, partial_rotary_factor=0.5),
    "smollm3": dict(model_type="smollm3", no_rope_layers=[1, 0]),
    "olmo2": dict(model_type="olmo2"),
    # Scaled rotary embeddings; the rows are longer than the contexts before scaling.
    "llama-linear": dict(model_type="llama", rope_parameters={
        "rope_type": "linear", "rope_theta": 500.0, "factor": 4.0}),
    "llama-dynamic": dict(model_type="llama", max_position_embeddings=4, rope_parameters={
        "rope_type": "dynamic", "rope_theta": 500.0, "factor": 2.0}),
    "qwen2-yarn": dict(model_type="qwen2", rope_parameters={
        "rope_type": "yarn", "rope_theta": 500.0, "factor": 4.0, "original_max_position_embeddings": 4}),
    "qwen3-longrope": dict(model_type="qwen3", head_dim=4, rope_parameters={
        "rope_type": "longrope", "rope_theta": 500.0, "factor": 4.0, "original_max_position_embeddings": 4,
        "short_factor": [1.0, 1.2], "long_factor": [1.5, 3.0]}),
    "glm-yarn": dict(model_type="glm", head_dim=8, attention_bias=True, partial_rotary_factor=0.5, rope_parameters={
        "rope_type": "yarn", "rope_theta": 500.0, "partial_rotary_factor": 0.5, "factor": 4.0,
        "original_max_position_embeddings": 4}),
}


def new_family(settings):
    shape = dict(
        vocab_size=VOCABULARY, hidden_size=8, intermediate_size=12, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=16, tie_word_embeddings=False, initializer_range=0.3,
        pad_token_id=None)
    shape.update(settings)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(**shape))
    with torch.no_grad():
        # transformers makes biases 0 and norms 1, with which a gradient of the wrong one could be right by chance.
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter.add_(torch.randn_like(parameter) * 0.2)
    return model


def optimizer_of(parameters):
    return torch.optim.AdamW(
        [{"params": [p for p in parameters.values() if p.dim() >= 2], "weight_decay": 0.1},
         {"params": [p for p in parameters.values() if p.dim() < 2], "weight_decay": 0.0}],
        lr=1e-2, betas=(0.9, 0.95), eps=1e-8)


def take_step(model, parameters, optimizer, batches, name, alpha, kind, step, result):
    optimizer.zero_grad()
    total, lm, kd = loss(model, batches, name, alpha, kind)
    total.backward()
    norm = torch.nn.utils.clip_grad_norm_(parameters.values(), 1.0)
    result[f"metrics.{step}"] = torch.stack([lm, kd, norm]).detach()
    for key, parameter in parameters.items():
        result[f"gradient.{step}.{key}"] = parameter.grad.clone()
    optimizer.step()
    print(kind, alpha, step, result[f"metrics.{step}"].tolist())


def write_families(batches):
    for name, settings in FAMILIES.items():
        torch.manual_seed(13)
        folder = OUT / "families" / name
        new_family(settings).save_pretrained(folder)
        (folder / "generation_config.json").unlink()
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
        parameters = dict(model.named_parameters())
        result = {}
        print(name, end=" ")
        take_step(model, parameters, optimizer_of(parameters), batches, "first", 0.9, "kld", 0, result)
        for key, parameter in parameters.items():
            result[f"weight.{key}"] = parameter.detach().clone()
        save_file(result, folder / "expected.safetensors")


if sys.argv[1:] == ["families"]:
    write_families(load_file(OUT / "batches.safetensors"))
    sys.exit()
batches = {}
batch("first", batches)
batch("second", batches)
OUT.mkdir(parents=True, exist_ok=True)
save_file(batches, OUT / "batches.safetensors")
for tied in (False, True):
    folder = OUT / ("tied" if tied else "untied")
    start = new_model(tied)
    start.save_pretrained(folder)
    for kind, alpha in (("tempered-kld", 0.0), ("tempered-kld", 0.9), ("kld", 0.9), ("nll", 0.9), ("bucket", 0.9)):
        model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
        parameters = dict(model.named_parameters())
        optimizer = optimizer_of(parameters)
        result = {}
        for step, name in enumerate(("first", "second")):
            print(tied, end=" ")
            take_step(model, parameters, optimizer, batches, name, alpha, kind, step, result)
        for key, parameter in parameters.items():
            result[f"weight.{key}"] = parameter.detach().clone()
        save_file(result, folder / f"expected-{kind}-{alpha}.safetensors")
write_families(batches)
