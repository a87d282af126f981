"""One training step as the peers do it: tokens/s of the fastest of some steps, and peak resident memory.

lm      transformers' plain language modelling step
sparse  transformers' student with a sparse distillation loss on a dense log-softmax, as DistillKit and axolotl have it
trl     a teacher's forward pass in the same process and TRL's generalised JSD (beta 0: KL) over the whole vocabulary

    python peer_step.py lm|sparse|trl [steps] [vocabulary] [context] [rows] [family]
    (torch, transformers; trl for trl; family is a model_type of transformers, llama by default)
"""
import resource
import sys
import time

import torch
from torch.nn.functional import cross_entropy, log_softmax, nll_loss
from transformers import AutoConfig, AutoModelForCausalLM

KEPT, WARMUP = 50, 2
mode = sys.argv[1]
family = sys.argv.pop(6) if len(sys.argv) > 6 else "llama"
steps, vocabulary, context, rows = [int(a) for a in sys.argv[2:]] + [10, 8192, 256, 8][len(sys.argv) - 2:]


def model(size, inner, layers, heads):
    return AutoModelForCausalLM.from_config(AutoConfig.for_model(
        family, vocab_size=vocabulary, hidden_size=size, intermediate_size=inner, num_hidden_layers=layers,
        num_attention_heads=heads, num_key_value_heads=heads, tie_word_embeddings=True,
        head_dim=size // heads, max_position_embeddings=context))


torch.manual_seed(0)
student = model(256, 704, 6, 4)
optimizer = torch.optim.AdamW(student.parameters(), lr=3e-4, betas=(0.9, 0.95), foreach=True)
if mode == "trl":
    from trl.experimental.gkd import GKDTrainer
    teacher = model(512, 1408, 8, 8).eval()
seconds = float("inf")
for step in range(WARMUP + steps):
    start = time.time()
    tokens = torch.randint(vocabulary, (rows, context + 1))
    ids_BT, targets_N = tokens[:, :-1], tokens[:, 1:].reshape(-1)
    logits_BTV = student(input_ids=ids_BT, use_cache=False).logits
    if mode == "lm":
        loss = cross_entropy(logits_BTV.reshape(-1, vocabulary), targets_N)
    elif mode == "trl":
        with torch.no_grad():
            teacher_BTV = teacher(input_ids=ids_BT, use_cache=False).logits
        loss = GKDTrainer.generalized_jsd_loss(logits_BTV, teacher_BTV, beta=0.0)
    else:
        support_BTK = torch.randint(vocabulary, (rows, context, KEPT))
        q_BTK = torch.softmax(torch.randn(rows, context, KEPT), -1)
        log_p_BTV = log_softmax(logits_BTV.float(), -1)
        kd = -(q_BTK * log_p_BTV.gather(-1, support_BTK)).sum(-1).mean()
        loss = 0.9 * kd + 0.1 * nll_loss(log_p_BTV.reshape(-1, vocabulary), targets_N)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    if step >= WARMUP:
        seconds = min(seconds, time.time() - start)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
print(f"peer {mode} {family} V={vocabulary} T={context} B={rows}: {rows * context / seconds:.0f} tok/s, "
      f"peak RSS {peak:.2f} GB")
