"""Writes what transformers' greedy generate gives: for the test checkpoints from ids, for a teacher from texts.

    python make_generation_fixture.py CHECKPOINTS_FOLDER FAMILIES_FOLDER TEACHER_FOLDER OUT_FILE
"""
import json
import pathlib
import sys

import safetensors.torch
import torch
import transformers


def generate(model, ids, tokens, eos, use_cache=True):
    out = model.generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), do_sample=False,
                         max_new_tokens=tokens, eos_token_id=eos, pad_token_id=0, use_cache=use_cache)
    return out[0, len(ids):].tolist()


def main(checkpoints, families, teacher, out):
    expected = {"checkpoints": {}, "families": {}, "teacher": []}
    for name in ("llama", "llama3-rope-tied"):
        folder = pathlib.Path(checkpoints) / name
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        ids = safetensors.torch.load_file(folder / "expected.safetensors")["input_ids"][0, :8].tolist()
        expected["checkpoints"][name] = {"prompt": ids, "tokens": generate(model, ids, 24, None)}
    # At the length where the angles of longrope change, transformers 5.18 drops its cache and goes on from the last id
    # alone; without a cache it computes the whole.
    for name in ("gemma2-4", "gemma3", "granite", "olmo2", "phi3", "phi3-longrope", "smollm3-window"):
        folder = pathlib.Path(families) / name
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
        ids = safetensors.torch.load_file(folder / "expected.safetensors")["input_ids"][0, :20].tolist()
        expected["families"][name] = {"prompt": ids, "tokens": generate(model, ids, 40, None, name != "phi3-longrope")}
    model = transformers.AutoModelForCausalLM.from_pretrained(teacher, dtype=torch.float32)
    tokenizer = transformers.AutoTokenizer.from_pretrained(teacher)
    for text in ("public static void main(", "/**\n * Returns the ", "import java.util.", "größer als 日本 🙂",
                 "<|endoftext|>/*\n * Licensed"):
        ids = tokenizer.encode(text)
        tokens = generate(model, ids, 40, tokenizer.eos_token_id)
        expected["teacher"].append({"text": text, "prompt": ids, "tokens": tokens, "answer": tokenizer.decode(tokens)})
    pathlib.Path(out).write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
