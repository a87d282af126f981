"""Writes src/test/resources/adamw: a tiny model, gradients of three steps, and the weights that PyTorch's AdamW
makes of them with clip_grad_norm_ and weight decay on matrices only.

    python src/test/python/make_adamw_fixture.py     (torch, transformers, safetensors; from the module's folder)
"""
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

OUT = Path("src/test/resources/adamw")
LEARNING_RATES = [1e-2, 3e-2, 5e-3]
GRADIENT_SCALES = [1.0, 0.001, 0.1]  # norms above, below and around the limit of 1

torch.manual_seed(7)
model = LlamaForCausalLM(LlamaConfig(
    vocab_size=13, hidden_size=8, intermediate_size=6, num_hidden_layers=1, num_attention_heads=2,
    num_key_value_heads=1, max_position_embeddings=16, tie_word_embeddings=True, attention_bias=True))
parameters = dict(model.named_parameters())
for parameter in parameters.values():
    parameter.data.normal_()
model.save_pretrained(OUT)

optimizer = torch.optim.AdamW(
    [{"params": [p for p in parameters.values() if p.dim() >= 2], "weight_decay": 0.1},
     {"params": [p for p in parameters.values() if p.dim() < 2], "weight_decay": 0.0}],
    lr=1.0, betas=(0.9, 0.95), eps=1e-8)
steps = {}
for step, (learning_rate, scale) in enumerate(zip(LEARNING_RATES, GRADIENT_SCALES)):
    for name, parameter in parameters.items():
        parameter.grad = scale * torch.randn_like(parameter)
        steps[f"gradient.{step}.{name}"] = parameter.grad.clone()
    norm = torch.nn.utils.clip_grad_norm_(parameters.values(), 1.0)
    steps[f"norm.{step}"] = norm.reshape(1).clone()
    for group in optimizer.param_groups:
        group["lr"] = learning_rate
    optimizer.step()
    print(step, norm.item())
for name, parameter in parameters.items():
    steps[f"expected.{name}"] = parameter.detach().clone()
save_file(steps, OUT / "steps.safetensors", metadata={"format": "pt"})
