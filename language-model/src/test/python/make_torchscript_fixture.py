"""Makes src/test/resources/torchscript: a tiny random GPT-2-like model as TorchScript, with its logits for some ids.

Run in language-model/ with torch 2.13: python src/test/python/make_torchscript_fixture.py
"""

import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

OUT = pathlib.Path("src/test/resources/torchscript")


class Tiny(nn.Module):
    def __init__(self, vocabulary: int = 64, hidden: int = 8, positions: int = 32):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, hidden)
        self.positions = nn.Embedding(positions, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.head = nn.Linear(hidden, vocabulary)

    def forward(self, ids_BT: torch.Tensor) -> torch.Tensor:
        x_BTD = self.tokens(ids_BT) + self.positions(torch.arange(ids_BT.size(1), device=ids_BT.device))
        q_BTD, k_BTD, v_BTD = self.qkv(self.norm(x_BTD)).chunk(3, -1)
        return self.head(F.gelu(x_BTD + F.scaled_dot_product_attention(q_BTD, k_BTD, v_BTD, is_causal=True)))


class NoLogits(nn.Module):
    def forward(self, ids_BT: torch.Tensor) -> torch.Tensor:
        return ids_BT.float()


torch.manual_seed(0)
OUT.mkdir(parents=True, exist_ok=True)
model = Tiny().eval()
ids = torch.randint(0, 64, (2, 12))
with torch.no_grad():
    save_file({"input_ids": ids, "logits": model(ids)}, OUT / "expected.safetensors")
torch.jit.script(model).save(OUT / "model.pt")
torch.jit.script(NoLogits()).save(OUT / "no-logits.pt")
