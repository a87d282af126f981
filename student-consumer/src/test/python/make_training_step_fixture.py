"""Writes src/test/resources/training-step: a tiny model, two batches with sparse targets, and what two training steps
make of it with transformers' forward pass, autograd over a dense loss and PyTorch's AdamW.

    python src/test/python/make_training_step_fixture.py   (torch, transformers, safetensors; from the module's folder)
"""
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

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
            outside = torch.ones(VOCABULARY, dtype=torch.bool).index_fill(0, ids, False)
            q = torch.cat([kept.exp(), tensors[f"{name}.tail"][position:position + 1]])
            log_r = torch.cat([log_r, torch.logsumexp(log_p[position, outside], 0)[None]])
        else:
            q = torch.softmax(kept / (TEMPERATURE if kind == "tempered-kld" else 1), 0)
        kd = kd + (q * ((0 if kind == "nll" else q.log()) - log_r)).sum()
        entry += count
    kd = kd / log_p.shape[0]
    return (1 - alpha) * lm + alpha * kd, lm, kd


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
        optimizer = torch.optim.AdamW(
            [{"params": [p for p in parameters.values() if p.dim() >= 2], "weight_decay": 0.1},
             {"params": [p for p in parameters.values() if p.dim() < 2], "weight_decay": 0.0}],
            lr=1e-2, betas=(0.9, 0.95), eps=1e-8)
        result = {}
        for step, name in enumerate(("first", "second")):
            optimizer.zero_grad()
            total, lm, kd = loss(model, batches, name, alpha, kind)
            total.backward()
            norm = torch.nn.utils.clip_grad_norm_(parameters.values(), 1.0)
            result[f"metrics.{step}"] = torch.stack([lm, kd, norm]).detach()
            for key, parameter in parameters.items():
                result[f"gradient.{step}.{key}"] = parameter.grad.clone()
            optimizer.step()
            print(tied, kind, alpha, step, result[f"metrics.{step}"].tolist())
        for key, parameter in parameters.items():
            result[f"weight.{key}"] = parameter.detach().clone()
        save_file(result, folder / f"expected-{kind}-{alpha}.safetensors")
