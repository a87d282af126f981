"""Prunes a random model of each family with ./logitstream prune and opens the folder in transformers.

The logits of transformers are compared with those of ./logitstream logits. Exits with 1 where they differ by more than
1e-5. Run in the root of the repository with transformers 5.18 and torch 2.13; takes about two minutes:

    python language-model/src/test/python/check_pruned_folders.py
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

VOCABULARY = 300
SIZES = dict(vocab_size=VOCABULARY + 4, hidden_size=48, intermediate_size=80, num_hidden_layers=4,
             num_attention_heads=6, num_key_value_heads=3, max_position_embeddings=128, eos_token_id=0,
             bos_token_id=None, pad_token_id=None)
HIDDEN = ["--hidden", "36"]
# name: model type, its settings, type and shards of the weights, what is pruned besides neurons
MODELS = {
    "llama": ("llama", dict(head_dim=8), {}, ["--layers", "3", "--heads", "4", *HIDDEN]),
    "llama-bfloat16": ("llama", dict(tie_word_embeddings=True), dict(dtype=torch.bfloat16, max_shard_size="20KB"),
                       ["--layers", "2", "--by", "block", "--key-value-heads", "1", *HIDDEN]),
    "mistral": ("mistral", dict(sliding_window=7), dict(dtype=torch.float16), ["--layers", "3", "--heads", "2",
                                                                               "--hidden", "37"]),
    "qwen2": ("qwen2", dict(use_sliding_window=True, sliding_window=5, max_window_layers=2), {},
              ["--layers", "3", "--by", "loss", "--heads", "4", "--hidden", "31"]),
    "qwen3": ("qwen3", dict(head_dim=16, tie_word_embeddings=True), {}, ["--layers", "2", "--heads", "4", *HIDDEN]),
    "glm": ("glm", dict(head_dim=16), dict(dtype=torch.bfloat16), ["--layers", "3", "--heads", "2", *HIDDEN]),
    "glm4": ("glm4", dict(head_dim=16), {}, ["--layers", "3", "--heads", "4", *HIDDEN]),
}


def logitstream(*arguments):
    subprocess.run(["./logitstream", *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="pruned-"))
    logitstream("tokenizer", "--corpus", "schemas/src/main/java", "--vocabulary", VOCABULARY, "--out", work / "tokens")
    failed = False
    for number, (name, (kind, settings, stored, arguments)) in enumerate(MODELS.items()):
        torch.manual_seed(number)
        source, pruned = work / name, work / f"{name}-pruned"
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **{**SIZES, **settings}))
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter), alpha=0.1)
        model.to(stored.pop("dtype", torch.float32)).save_pretrained(source, **stored)
        for file in (work / "tokens").iterdir():
            shutil.copy(file, source)
        logitstream("prune", "--model", source, "--corpus", "schemas/src/main/java", "--rows", 8, "--feed-forward", 50,
                    "--set", "corpus.contextLength=32", "--out", pruned, *arguments)
        ids = torch.randint(0, VOCABULARY, (2, 40))
        save_file({"input_ids": ids}, work / "ids.safetensors")
        logitstream("logits", "--model", pruned, "--ids", work / "ids.safetensors", "--out", work / "logits.safetensors")
        AutoTokenizer.from_pretrained(pruned)
        opened = AutoModelForCausalLM.from_pretrained(pruned, dtype=torch.float32, attn_implementation="eager").eval()
        with torch.no_grad():
            logits = opened(ids).logits
        difference = float((logits - load_file(work / "logits.safetensors")["logits"]).abs().max())
        kept = load_file(pruned / "model.safetensors")["model.embed_tokens.weight"].dtype
        print(f"{name:15} largest difference {difference:.1e}, {kept}, {opened.config.num_hidden_layers} layers")
        failed |= difference > 1e-5
    shutil.rmtree(work)
    sys.exit(failed)


main()
